"""The chapters, in their order. Each shows what a user types and sees, and checks every sentence that it says."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from automix_devkit.demo.stage import OPERATOR_SETTINGS, Stage
from automix_devkit.demo.terminal import NotAsTold
from automix_devkit.demo.zego import Mix, table

MANIFESTS = Path(__file__).parents[3] / "manifests"
INSTALL = MANIFESTS / "install.yaml"
EVERY_FIELD = MANIFESTS / "samples" / "full.yaml"
WAIT = "kubectl wait automix/lobby --for=condition={} --timeout=30s"
AT_A_GLANCE = (
    "kubectl get automix lobby "
    "-o custom-columns=SEQUENCE:.status.sequence,STARTED:.status.startTime,USERDATA:.spec.userData"
)
EVENTS = "kubectl get events --field-selector involvedObject.name=lobby,reason={}"


def tell(stage: Stage) -> None:
    """Tell the story; raises NotAsTold at the first sentence that does not hold."""
    for number, (title, chapter) in enumerate(CHAPTERS.items(), start=1):
        stage.terminal.heading(f"{number}. {title}")
        chapter(stage)
    check(stage.zego.breaches() == [], "No rule of ZEGO's was broken.")
    check(stage.complaints() == [], "The operator logged no warning and no error, such as for a missing permission.")


def recreate(stage: Stage) -> None:
    """Apply the mix again, for those who want to go on."""
    stage.terminal.run("kubectl apply -f lobby.yaml")
    stage.terminal.run(WAIT.format("Active"))


def install_the_operator(stage: Stage) -> None:
    """Apply install.yaml and start the operator as the ServiceAccount that it brings."""
    terminal = stage.terminal
    terminal.say("One file has the CRDs, the operator's permissions and its Deployment.")
    (stage.folder / INSTALL.name).write_bytes(INSTALL.read_bytes())
    terminal.run("kubectl apply --server-side -f install.yaml", shows="serviceaccount/automix-operator")
    terminal.run("kubectl wait crd/automixes.automix.zego.im --for=condition=Established --timeout=30s")
    terminal.say(
        "There is no node to run the Deployment's Pod, so the operator runs as a process. It has the token of its\n"
        "ServiceAccount, and with that the permissions it would have in the Pod. Listing Secrets is not among them."
    )
    terminal.save("kubectl create token automix-operator --namespace automix-system --duration=24h", "token")
    account = "system:serviceaccount:automix-system:automix-operator"
    terminal.run(f"kubectl auth can-i list secrets --all-namespaces --as={account}", refused=True, shows="no")
    settings = " ".join(f"{name}={value}" for name, value in OPERATOR_SETTINGS.items())
    terminal.type(f"{settings} \\\n    automix run --all-namespaces --kubeconfig operator.kubeconfig &")
    url = stage.start_operator("token")
    terminal.say(f"It is ready ({url}/readyz) and has metrics ({url}/metrics).")


def apply_an_app_and_a_mix(stage: Stage) -> None:
    """Apply a ClusterZegoApp and an AutoMix, and wait for both."""
    terminal = stage.terminal
    terminal.say(
        "The ServerSecret of the ZEGO project goes into a Secret beside the operator, and the app refers to it."
    )
    terminal.run("kubectl create secret generic zego --namespace automix-system --from-file=serverSecret=server-secret")
    terminal.show("app.yaml")
    terminal.run("kubectl apply -f app.yaml")
    terminal.run("kubectl wait clusterzegoapp/default --for=condition=Ready --timeout=30s")
    terminal.say("The audio of the room `lobby` is to be mixed, for a CDN and for listeners within ZEGO.")
    terminal.show("lobby.yaml")
    terminal.run("kubectl apply -f lobby.yaml")
    terminal.run(WAIT.format("Active"))
    only_mix(stage)


def show_where_to_play(stage: Stage) -> None:
    """Show the table and the play addresses."""
    terminal = stage.terminal
    terminal.say("The table says how the mix is, and in its wide form where to play it.")
    terminal.run("kubectl get automix -o wide", shows="rtmp://play.example/live/lobby")
    terminal.say("All addresses are in the status, as ZEGO returned them (PlayInfo).")
    terminal.run("kubectl get automix lobby -o jsonpath-as-json='{.status.playInfo}'", shows="lobby-mix")


def change_in_place(stage: Stage) -> None:
    """Change the user data, which ZEGO can do on the running mix."""
    terminal, before, (old,) = stage.terminal, status(stage), stage.zego.mixes()
    terminal.say("The user data changes on the running mix: Sequence rises, and nobody hears a gap.")
    terminal.run(AT_A_GLANCE)
    terminal.run("""kubectl patch automix lobby --type=merge --patch='{"spec": {"userData": "Now: the jury"}}'""")
    terminal.run(WAIT.format("Ready"))
    terminal.run(AT_A_GLANCE, shows="Now: the jury")
    mix, after = only_mix(stage), status(stage)
    check(mix.user_data == "Now: the jury", "ZEGO has the new user data.")
    check(after["sequence"] > before["sequence"], "Sequence rose.")
    # By ZEGO's own record: startTime is in whole seconds, and a start may be as quick.
    check(mix.started == old.started, "The mix was not started again.")


def change_by_stop_and_start(stage: Stage) -> None:
    """Change a bitrate, which ZEGO cannot do on a running mix."""
    terminal, (old,) = stage.terminal, stage.zego.mixes()
    terminal.say("A bitrate is fixed while a mix runs. The operator stops and starts it, and says so in an Event.")
    path = "/spec/mixOutput/0/audioBitrate"
    patch = json.dumps([{"op": "add", "path": path, "value": 96000}])
    terminal.run(f"kubectl patch automix lobby --type=json --patch='{patch}'")
    terminal.run(WAIT.format("Ready"))
    terminal.run(EVENTS.format("Replaced"), shows="mixOutput")
    mix = only_mix(stage)
    check(mix.bitrates == (96000, 48000), "ZEGO has the new bitrate.")
    check(mix.started > old.started, "The mix was started again.")


def refuse_what_is_wrong(stage: Stage) -> None:
    """Apply a manifest with mistakes."""
    terminal = stage.terminal
    terminal.say("What cannot be right is refused at the door, by a sentence that names the field and the limit.")
    terminal.show("wrong.yaml")
    terminal.run("kubectl apply -f wrong.yaml", refused=True, shows="spec.mixOutput[0].audioBitrate")
    terminal.say("So is moving a mix to another room: that is another mix.")
    terminal.run(
        """kubectl patch automix lobby --type=merge --patch='{"spec": {"roomId": "kitchen"}}'""",
        refused=True,
        shows="roomId is immutable",
    )


def survive_a_death_at_zego(stage: Stage) -> None:
    """Let ZEGO lose the mix."""
    terminal = stage.terminal
    terminal.say("ZEGO's query has shown this app's mixes, so the operator will believe it when it shows one no more.")
    terminal.run("kubectl wait clusterzegoapp/default --for=condition=DriftVerified --timeout=30s")
    before = only_mix(stage)
    terminal.say(f"Now it dies at ZEGO (POST {stage.zego.url}/admin/tasks/{before.task}/kill), and nobody says so.")
    stage.zego.kill(before.task)
    show_zego(stage)
    terminal.say("The operator asks ZEGO every 2 s here, finds no mix, and starts it again.")
    terminal.run(EVENTS.format("Started"), shows="it had ended at ZEGO")
    terminal.run("kubectl get automix", shows="Running")
    after = only_mix(stage)
    check(after.started > before.started, "The mix was started anew.")
    check(status(stage)["sequence"] == after.sequence, "The status is about the new start.")


def delete(stage: Stage) -> None:
    """Delete the mix."""
    terminal = stage.terminal
    terminal.say("The object goes when ZEGO says that the mix is gone.")
    terminal.run("kubectl delete automix lobby --timeout=30s")
    terminal.run("kubectl get automix", shows="No resources found")
    check(show_zego(stage) == [], "Nothing runs at ZEGO any more.")


CHAPTERS: Mapping[str, Callable[[Stage], None]] = {
    "Install the operator": install_the_operator,
    "Apply an app and a mix": apply_an_app_and_a_mix,
    "See where to play it": show_where_to_play,
    "Change it while it runs": change_in_place,
    "Change what ZEGO cannot change": change_by_stop_and_start,
    "Make mistakes": refuse_what_is_wrong,
    "Lose the mix at ZEGO": survive_a_death_at_zego,
    "Delete it": delete,
}


def check(holds: bool, sentence: str) -> None:  # noqa: FBT001 -- it reads as an assertion
    """Raise NotAsTold with the sentence if it does not hold."""
    if not holds:
        raise NotAsTold(f"This does not hold: {sentence}")


def status(stage: Stage) -> dict[str, Any]:
    """Return the status of the mix's object."""
    mix: dict[str, Any] = json.loads(stage.terminal.ask("kubectl get automix lobby -o json"))
    found: dict[str, Any] = mix["status"]
    return found


def show_zego(stage: Stage) -> list[Mix]:
    """Show what runs at ZEGO, and return it."""
    mixes = stage.zego.mixes()
    stage.terminal.say(f"What ZEGO runs ({stage.zego.url}/admin/state):")
    stage.terminal.output(table(mixes))
    return mixes


def only_mix(stage: Stage) -> Mix:
    """Show what runs at ZEGO, which must be the lobby's mix alone, and return that."""
    mixes = show_zego(stage)
    check([mix.task for mix in mixes] == ["lobby"], "The mix of the lobby runs at ZEGO, and no other.")
    return mixes[0]
