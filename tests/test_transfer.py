"""Bodies and heads: what is trainable, what moves in training mode, which weights are accepted."""

import copy
import hashlib
import io
import pickle
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torchvision.models import efficientnet_b0, resnet18, squeezenet1_1

from dlbook import transfer
from dlbook.data import DataError
from dlbook.efficientnet import EfficientNetLite0
from dlbook.models import count_parameters
from dlbook.training import fit
from dlbook.transfer import (
    Classifier,
    fine_tune_groups,
    freeze,
    pretrained,
    split,
    unfreeze,
    with_new_head,
)


def real_lite0(weights: None) -> EfficientNetLite0:
    """Build EfficientNet-Lite0 with the weights that a package carries; the others are random."""
    return pretrained().model


# Builder, parameters in all, width of the features.
FAMILIES = {
    "efficientnet_lite0": (real_lite0, 4_652_008, 1280),
    "efficientnet_b0": (efficientnet_b0, 5_288_548, 1280),
    "resnet18": (resnet18, 11_689_512, 512),
    "squeezenet1_1": (squeezenet1_1, 1_235_496, 512),
}
IMAGES = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> tuple[nn.Module, int, int]:
    """Build a network; give it with what is known of it."""
    builder, n_parameters, n_features = FAMILIES[request.param]
    torch.manual_seed(0)
    return builder(weights=None).eval(), n_parameters, n_features


def small() -> Classifier:
    """Build a classifier with batch normalization and dropout in its body."""
    torch.manual_seed(0)
    body = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.BatchNorm2d(4),
        nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    return Classifier(body, 4, 2)


def state(module: nn.Module) -> dict[str, Tensor]:
    """Copy all parameters and running statistics."""
    return copy.deepcopy(module.state_dict())


def moved(before: dict[str, Tensor], module: nn.Module) -> set[str]:
    """Name what has changed since `before`, by the last part of the names."""
    after = module.state_dict()
    return {
        name.rpartition(".")[2] for name in before if not torch.equal(before[name], after[name])
    }


def test_a_family_is_split_and_gets_a_new_head(family: tuple[nn.Module, int, int]) -> None:
    model, n_parameters, n_features = family
    assert count_parameters(model) == n_parameters
    before = state(model)
    body, width, preprocess = split(model)
    assert (width, preprocess) == (n_features, None)
    with torch.no_grad():
        features = body(IMAGES)
    assert features.shape == (2, n_features)

    classifier = with_new_head(model, 3)
    freeze(classifier.body)
    trainable = {name for name, p in classifier.named_parameters() if p.requires_grad}
    assert trainable == {"head.1.weight", "head.1.bias"}
    assert count_parameters(classifier) == n_features * 3 + 3
    classifier.train()
    assert classifier.head.training
    assert classifier(IMAGES).shape == (2, 3)
    classifier(IMAGES).sum().backward()
    # The network that the body was copied from is as it was.
    assert count_parameters(model) == n_parameters
    assert moved(before, model) == set()
    torch.testing.assert_close(classifier.body(IMAGES), features)


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_b0", "resnet18"])
def test_the_old_head_on_the_features_is_the_old_network(name: str) -> None:
    torch.manual_seed(0)
    model = FAMILIES[name][0](weights=None).eval()
    head = model.fc if name == "resnet18" else model.classifier
    with torch.no_grad():
        torch.testing.assert_close(head(split(model).features(IMAGES)), model(IMAGES))


def test_efficientnet_b0_counts_as_published() -> None:
    model = efficientnet_b0(weights=None)
    assert count_parameters(model.features) == 4_007_548
    assert count_parameters(model.classifier) == 1_281_000
    classifier = with_new_head(model, 3)
    assert count_parameters(classifier) == 4_011_391
    freeze(classifier.body)
    assert count_parameters(classifier) == 3_843


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_b0", "resnet18"])
def test_without_gradient_the_running_means_still_move_and_frozen_they_do_not(name: str) -> None:
    torch.manual_seed(0)
    body = split(FAMILIES[name][0](weights=None)).features

    body.requires_grad_(False)
    before = state(body)
    body.train()
    body(IMAGES)
    assert moved(before, body) == {"running_mean", "running_var", "num_batches_tracked"}

    freeze(body)
    before = state(body)
    body.train()
    assert torch.equal(body(IMAGES), body(IMAGES))
    assert moved(before, body) == set()
    assert not any(module.training for module in body.modules())


def test_fitting_a_frozen_body_moves_only_the_head() -> None:
    model = small()
    freeze(model.body)
    before = state(model.body), state(model.head)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, IMAGES, torch.tensor([0, 1]), optimizer=optimizer, epochs=2, batch_size=2)
    assert moved(before[0], model.body) == set()
    assert moved(before[1], model.head) == {"weight", "bias"}


def test_to_freeze_a_network_freezes_its_parts_and_their_copies() -> None:
    whole = Classifier(split(resnet18(weights=None)).features, 512, 2)
    freeze(whole)
    part = split(whole).features
    pickled = pickle.loads(pickle.dumps(part))
    for body in (part, copy.deepcopy(part), pickled, with_new_head(whole, 5).body):
        assert not any(module.training for module in nn.Sequential(body).train()[0].modules())
        assert body.eval() is body
        assert body.train() is body
        assert count_parameters(body) == 0
    assert count_parameters(with_new_head(whole, 5)) == 512 * 5 + 5


def test_unfrozen_it_learns_again() -> None:
    model = small()
    n_parameters = count_parameters(model)
    freeze(model.body)
    unfreeze(model.body)
    assert count_parameters(model) == n_parameters
    assert all(module.training for module in model.train().modules())
    before = state(model.body)
    model(IMAGES)
    assert moved(before, model.body) == {"running_mean", "running_var", "num_batches_tracked"}


def test_a_normalization_layer_can_stay_frozen_alone() -> None:
    model = small()
    freeze(model.body[1])
    model.train()
    assert [module.training for module in model.body] == [True, False, True, True, True]


def test_fine_tuning_has_two_rates() -> None:
    model = small()
    freeze(model.body[1])
    head, body = fine_tune_groups(model, head_rate=1e-2, body_rate=1e-4)
    assert (head["lr"], body["lr"]) == (1e-2, 1e-4)
    assert [id(p) for p in head["params"]] == [id(p) for p in model.head.parameters()]
    assert [id(p) for p in body["params"]] == [id(p) for p in model.body[0].parameters()]
    optimizer = torch.optim.SGD([head, body])
    before = model.body[0].weight.detach().clone()
    fit(model, IMAGES, torch.tensor([0, 1]), optimizer=optimizer, epochs=1, batch_size=2)
    expected = before - 1e-4 * model.body[0].weight.grad
    torch.testing.assert_close(model.body[0].weight.detach(), expected)


@pytest.mark.parametrize(
    ("model", "rates", "error", "named"),
    [
        (small(), (0.0, 1e-4), ValueError, "head_rate"),
        (small(), (1e-2, -1.0), ValueError, "body_rate"),
        (small(), (1e-2, float("nan")), ValueError, "body_rate"),
        (small(), ("fast", 1e-2), ValueError, "head_rate"),
        (nn.Linear(2, 2), (1e-2, 1e-4), TypeError, "model must be a Classifier"),
    ],
)
def test_fine_tuning_names_what_is_wrong(
    model: Classifier, rates: tuple[float, float], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        fine_tune_groups(model, *rates)


def test_a_frozen_body_is_not_fine_tuned_by_mistake() -> None:
    model = small()
    freeze(model.body)
    with pytest.raises(ValueError, match=r"its body is frozen.*unfreeze\(model.body\)"):
        fine_tune_groups(model, 1e-2, 1e-4)


@pytest.mark.parametrize(
    ("model", "settings", "error", "named"),
    [
        (small(), {"n_classes": 0}, ValueError, "n_classes"),
        (small(), {"n_classes": 2.0}, TypeError, "n_classes"),
        (small(), {"n_classes": 2, "dropout": 1.0}, ValueError, "dropout"),
        (nn.Linear(3, 2), {"n_classes": 2}, TypeError, "model must be .* found Linear"),
    ],
)
def test_a_new_head_names_what_is_wrong(
    model: nn.Module, settings: dict[str, float], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        with_new_head(model, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("images", "error"),
    [(IMAGES.byte(), ValueError), (IMAGES[0], ValueError), (IMAGES[:, :1], ValueError)],
)
def test_a_classifier_names_what_is_wrong(images: Tensor, error: type[Exception]) -> None:
    with pytest.raises(error, match="images"):
        small()(images)


def test_lite0_comes_with_all_that_belongs_to_it() -> None:
    net = pretrained()
    assert net.name == "efficientnet_lite0"
    assert isinstance(net.model, EfficientNetLite0)
    assert len(net.classes) == 1000
    assert (net.classes[309], net.classes[310]) == ("bee", "ant")
    assert net.backbone.n_features == 1280
    prepared = net.preprocess(torch.zeros(2, 3, 256, 300).byte())
    with torch.no_grad():
        features = net.backbone.features(prepared)
        torch.testing.assert_close(net.model.classifier(features), net.model(prepared))
    assert features.shape == (2, 1280)


@pytest.mark.parametrize("name", ["efficientnet_b00", "fasterrcnn_resnet50_fpn", "", 7])
def test_an_unknown_model_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"name: unknown model {name!r}; .*efficientnet_"):
        pretrained(name)


def test_every_weight_file_is_published_with_digits_of_its_hash() -> None:
    for name in torchvision.models.list_models(module=torchvision.models):
        url = torchvision.models.get_model_weights(name).DEFAULT.url
        assert re.search(r"-[0-9a-f]{8,64}\.pth$", url), url


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Publish weights of SqueezeNet 1.1, drawn at random, on a server of our own."""
    torch.manual_seed(1)
    buffer = io.BytesIO()
    torch.save(squeezenet1_1(weights=None).state_dict(), buffer)
    content = buffer.getvalue()
    file = f"squeezenet1_1-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    served = tmp_path / "server" / file
    served.parent.mkdir()
    served.write_bytes(content)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Quiet, directory=str(served.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/{file}"
        real = torchvision.models.SqueezeNet1_1_Weights.DEFAULT
        monkeypatch.setattr(real, "_value_", replace(real.value, url=url))
        monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
        monkeypatch.setattr(transfer, "network_problem", lambda: None)
        kept = tmp_path / "torch" / "hub" / "checkpoints" / file
        yield SimpleNamespace(content=content, served=served, kept=kept, url=url)
        server.shutdown()


def fetched() -> transfer.Pretrained:
    """Fetch and load the published SqueezeNet, without a bar."""
    return pretrained("squeezenet1_1", progress=False)


def test_weights_are_fetched_once(hub: SimpleNamespace) -> None:
    before = torch.random.get_rng_state()
    net = fetched()
    assert torch.equal(torch.random.get_rng_state(), before)
    assert hub.kept.read_bytes() == hub.content
    assert list(hub.kept.parent.iterdir()) == [hub.kept]
    assert net.sha256 == hashlib.sha256(hub.content).hexdigest()
    saved = torch.load(io.BytesIO(hub.content), weights_only=True)
    assert torch.equal(net.model.classifier[1].weight, saved["classifier.1.weight"])
    assert not net.model.training
    assert net.preprocess(torch.zeros(2, 3, 256, 300).byte()).shape == (2, 3, 224, 224)
    hub.served.unlink()
    assert fetched().classes[310] == "ant"


def test_other_weights_than_the_published_are_not_kept(hub: SimpleNamespace) -> None:
    hub.served.write_bytes(hub.content[:-1])
    with pytest.raises(DataError, match=f"{hub.kept.name}: altered or truncated"):
        fetched()
    assert list(hub.kept.parent.iterdir()) == []


def test_damaged_weights_are_refused_by_name_and_left_alone(hub: SimpleNamespace) -> None:
    hub.kept.parent.mkdir(parents=True)
    hub.kept.write_bytes(hub.content[:-1])
    with pytest.raises(DataError, match=f"{hub.kept}: altered or truncated.*delete it"):
        fetched()
    assert hub.kept.read_bytes() == hub.content[:-1]


def test_weights_with_code_are_refused_and_not_run(
    hub: SimpleNamespace, trap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    torch.save({"classifier.1.weight": trap}, buffer)
    # As if somebody had forged the digits of the hash.
    name = f"squeezenet1_1-{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.pth"
    hub.served.with_name(name).write_bytes(buffer.getvalue())
    weights = torchvision.models.SqueezeNet1_1_Weights.DEFAULT
    url = hub.url.replace(hub.kept.name, name)
    monkeypatch.setattr(weights, "_value_", replace(weights.value, url=url))
    with pytest.raises(DataError, match=f"{name}: holds more than tensors. It was not run"):
        fetched()
    assert not trap.folder.exists()
    assert list(hub.kept.parent.iterdir()) == []


def test_a_server_without_the_file_is_named(hub: SimpleNamespace) -> None:
    hub.served.unlink()
    with pytest.raises(DataError, match=f"{hub.url}: cannot be fetched .*404"):
        fetched()
    assert list(hub.kept.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(
    hub: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(hub.served))
    with pytest.raises(DataError, match=r"cannot be written .*TORCH_HOME"):
        fetched()


def test_without_a_network_the_cure_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("DLBOOK_NETWORK", "off")
    with pytest.raises(DataError, match=r"efficientnet_b0: cannot fetch .*Connect.*lite0"):
        pretrained("efficientnet_b0")
