"""Which endpoints there are and which are taken."""

import pytest

from automix.zego.regions import ENDPOINTS, Region, parse_endpoint


def test_every_region_has_its_documented_host() -> None:
    assert {region: parse_endpoint(ENDPOINTS[region]).host for region in Region} == {
        Region.UNIFIED: "rtc-api.zego.im",
        Region.SHANGHAI: "rtc-api-sha.zego.im",
        Region.HONG_KONG: "rtc-api-hkg.zego.im",
        Region.FRANKFURT: "rtc-api-fra.zego.im",
        Region.CALIFORNIA: "rtc-api-lax.zego.im",
        Region.MUMBAI: "rtc-api-bom.zego.im",
        Region.SINGAPORE: "rtc-api-sgp.zego.im",
    }


def test_regions_have_the_names_that_objects_use() -> None:
    names = ["Unified", "Shanghai", "HongKong", "Frankfurt", "California", "Mumbai", "Singapore"]

    assert [region.value for region in Region] == names


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8080", "http://simulator.zego.svc/", "https://proxy/zego"])
def test_an_http_url_of_a_host_is_an_endpoint(endpoint: str) -> None:
    assert str(parse_endpoint(endpoint)) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param("", id="nothing"),
        pytest.param("rtc-api.zego.im", id="a host without scheme"),
        pytest.param("ftp://rtc-api.zego.im", id="another scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https://host:port", id="a port that is no number"),
        pytest.param("https://user:hunter2@rtc-api.zego.im", id="a password"),
        pytest.param("https://rtc-api.zego.im/?Action=hunter2", id="a query"),
        pytest.param("https://rtc-api.zego.im/#hunter2", id="a fragment"),
    ],
)
def test_anything_else_is_refused_without_repeating_it(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"^endpoint: must be an http or https URL") as refusal:
        parse_endpoint(endpoint)

    assert "hunter2" not in str(refusal.value)
