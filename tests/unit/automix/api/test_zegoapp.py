"""ZegoApp and ClusterZegoApp as people write them."""

from typing import Any

import pytest
from pydantic import ValidationError

from automix.api.zegoapp import ClusterZegoAppSpec, Region, ZegoApp, ZegoAppSpec
from automix.core.selector import selects_all
from automix.zego.regions import parse_endpoint
from builders import a_zego_app

REQUIRED = {"appId": 1, "serverSecretRef": {"name": "zego", "key": "serverSecret"}}


def test_a_stored_object_is_read() -> None:
    body = {
        "apiVersion": "automix.zego.im/v1alpha1",
        "kind": "ClusterZegoApp",
        "metadata": {"name": "default", "uid": "u", "resourceVersion": "5", "generation": 1},
        "spec": {
            "appId": 4294967295,
            "isTest": True,
            "serverSecretRef": {"name": "zego", "key": "serverSecret"},
            "callbackSecretRef": {"name": "zego", "key": "callbackSecret"},
            "region": "HongKong",
            "limits": {"start": 10},
            "namespaceSelector": {"matchLabels": {"zego": "yes"}},
        },
        "status": {"observedGeneration": -1},
    }
    app = ZegoApp.model_validate(body)

    assert app.key == ("ClusterZegoApp", "", "default")
    assert (app.spec.app_id, app.spec.is_test, app.spec.region) == (4294967295, True, Region.HONG_KONG)
    assert (app.spec.limits.start, app.spec.limits.stop) == (10, 90)
    assert app.spec.namespace_selector.match_labels == {"zego": "yes"}


def test_an_app_that_zego_never_accepted_has_no_time_of_that() -> None:
    assert a_zego_app().status.verified_time is None


def test_an_app_has_the_documented_defaults() -> None:
    spec = a_zego_app().spec

    assert (spec.limits.start, spec.limits.stop, spec.limits.query) == (90, 90, 90)
    assert (spec.is_test, spec.region, spec.endpoint) == (False, None, None)
    assert selects_all(spec.namespace_selector)


def test_a_namespaced_app_is_known_by_its_namespace() -> None:
    assert a_zego_app(kind="ZegoApp").key == ("ZegoApp", "default", "default")


def test_the_two_kinds_differ_by_the_namespace_selector_alone() -> None:
    assert ClusterZegoAppSpec.model_fields.keys() - ZegoAppSpec.model_fields.keys() == {"namespace_selector"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"appId": 0}, "spec.appId"),
        ({"appId": 2**32}, "spec.appId"),
        ({"limits": {"start": 101}}, "spec.limits.start"),
        ({"limits": {"query": 0}}, "spec.limits.query"),
        ({"endpoint": "ftp://a"}, "spec.endpoint"),
        ({"endpoint": "https://user@a"}, "spec.endpoint"),
        ({"endpoint": "https://a/?key=b"}, "spec.endpoint"),
        ({"region": "Moon"}, "spec.region"),
        ({"serverSecretRef": {"name": "zego", "key": "a/b"}}, "spec.serverSecretRef.key"),
    ],
)
def test_what_is_not_allowed_is_refused_by_the_name_of_its_field(fields: dict[str, Any], named: str) -> None:
    spec = {"appId": 1, "serverSecretRef": {"name": "zego", "key": "serverSecret"}} | fields

    with pytest.raises(ValidationError) as refused:
        ZegoApp.model_validate({"kind": "ZegoApp", "metadata": {"name": "a", "uid": "u"}, "spec": spec})

    assert named in {".".join(map(str, error["loc"])) for error in refused.value.errors()}


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://zego.example",
        "http://127.0.0.1:8080/",
        "http://zego_sim:65535",
        "https://[::1]:1",
        "http://a-b.c:10000",
    ],
)
def test_an_endpoint_that_is_taken_can_be_called(endpoint: str) -> None:
    spec = ZegoAppSpec.model_validate(REQUIRED | {"endpoint": endpoint})
    assert parse_endpoint(str(spec.endpoint)).host


@pytest.mark.parametrize(
    "endpoint",
    ["https://", "https://:443", "https://a:0", "https://a:65536", "https://a b", "https://a\nb", "https://-"],
)
def test_an_endpoint_without_a_host_or_with_a_port_that_does_not_exist_is_refused(endpoint: str) -> None:
    with pytest.raises(ValidationError, match="with a host is allowed"):
        ZegoAppSpec.model_validate(REQUIRED | {"endpoint": endpoint})
