//! Where real samples come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The distribution of real samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Data {
    /// Equal Gaussians evenly spaced on a circle in the plane.
    Ring {
        /// Number of Gaussians.
        #[serde(default = "eight")]
        modes: usize,
        /// Radius of the circle.
        #[serde(default = "two")]
        radius: f64,
        /// Standard deviation of each Gaussian.
        #[serde(default = "std_ring")]
        std: f64,
    },
    /// Equal Gaussians on a square grid centred at the origin.
    Grid {
        /// Number of Gaussians along each side.
        #[serde(default = "five")]
        side: usize,
        /// Distance between neighbouring centres.
        #[serde(default = "two")]
        spacing: f64,
        /// Standard deviation of each Gaussian.
        #[serde(default = "std_grid")]
        std: f64,
    },
    /// Gaussians with given centres, standard deviations and weights, in any dimension.
    Mixture {
        /// The Gaussians.
        components: Vec<Center>,
    },
    /// Gaussians on the real line (one dimension).
    Line {
        /// Centres of the Gaussians.
        centers: Vec<f64>,
        /// Standard deviation of each Gaussian.
        #[serde(default = "std_grid")]
        std: f64,
        /// Weights of the Gaussians, in any scale; equal when left out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weights: Vec<f64>,
    },
    /// An Archimedean spiral in the plane, uniform in angle.
    Spiral {
        /// Number of turns.
        #[serde(default = "two")]
        turns: f64,
        /// Radius at the outer end.
        #[serde(default = "two")]
        radius: f64,
        /// Standard deviation of the Gaussian noise around the curve.
        #[serde(default = "std_grid")]
        std: f64,
    },
    /// The Swiss roll in the plane: a spiral of one and a half turns that starts away from its centre.
    SwissRoll {
        /// Radius at the outer end.
        #[serde(default = "two")]
        radius: f64,
        /// Standard deviation of the Gaussian noise around the curve.
        #[serde(default = "std_grid")]
        std: f64,
    },
    /// Two interleaving half circles.
    Moons {
        /// Radius of each half circle.
        #[serde(default = "one")]
        radius: f64,
        /// Standard deviation of the Gaussian noise around the curves.
        #[serde(default = "std_grid")]
        std: f64,
    },
    /// Two concentric circles, half of the samples on each.
    Circles {
        /// Radius of the outer circle.
        #[serde(default = "two")]
        radius: f64,
        /// Radius of the inner circle as a share of the outer one, between 0 and 1.
        #[serde(default = "half")]
        factor: f64,
        /// Standard deviation of the Gaussian noise around the circles.
        #[serde(default = "std_grid")]
        std: f64,
    },
    /// Rows of a CSV file, drawn with replacement.
    Points {
        /// The file, relative to the scenario's own folder. The first row may be a header. A path that starts with
        /// `shipped:` names a file that the program carries.
        file: PathBuf,
        /// Name of the column (or its number, from 1) that holds a label; equal labels make a mode.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Standard deviation of Gaussian noise added to each drawn point.
        #[serde(default)]
        noise: f64,
    },
    /// 1,797 handwritten digits of 8 x 8 grey pixels with their labels, which the program carries (UCI Optical
    /// Recognition of Handwritten Digits). Pixels of all images lie in [-1, 1], row by row, channel by channel.
    Digits {
        /// Share of the images of each class that training never sees, whatever the run's seed. Measures use them.
        #[serde(default = "fifth")]
        held_out: f64,
    },
    /// Grey images in the IDX format of MNIST and Fashion-MNIST, packed by gzip or not.
    Idx {
        /// The file of images, relative to the scenario's own folder.
        images: PathBuf,
        /// The file of labels, one for each image.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        labels: Option<PathBuf>,
        /// Share of the images of each class that training never sees, whatever the run's seed.
        #[serde(default = "tenth")]
        held_out: f64,
    },
    /// The binary version of CIFAR-10: 32 x 32 pixels in colour, ten classes.
    Cifar10 {
        /// The folder of `data_batch_1.bin` to `data_batch_5.bin`, relative to the scenario's own. Where it has
        /// `test_batch.bin` too, those images are the ones held out.
        folder: PathBuf,
        /// Share of the images of each class that training never sees, where there is no `test_batch.bin`.
        #[serde(default = "tenth")]
        held_out: f64,
    },
    /// PNG and JPEG files of a folder. With subfolders, each of them is a class and its name the label; folders
    /// inside those are not looked into.
    Folder {
        /// The folder, relative to the scenario's own. What is transparent in a PNG file is seen before white, and a JPEG
        /// file is turned upright where its EXIF data say how the camera was held.
        folder: PathBuf,
        /// Side of the square to which images are cropped around their middle and then resized; left out, all must
        /// have the same size already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<usize>,
        /// Whether images are read as grey or in colour.
        #[serde(default)]
        color: Color,
        /// What to do about a file that cannot be read as an image.
        #[serde(default)]
        on_error: OnError,
        /// Share of the images of each class that training never sees, whatever the run's seed.
        #[serde(default = "tenth")]
        held_out: f64,
    },
    /// Three random images of a labelled grey source as the three channels of one: classes^3 modes (1,000 for
    /// digits), labelled 100 a + 10 b + c for ten classes.
    Stacked {
        /// The source: `digits`, `idx` with labels, a grey `folder` with subfolders, or `shapes`.
        #[serde(default = "digits")]
        source: Box<Data>,
    },
    /// Generated grey images, uniform over a known number of distinct ones: ten kinds of shape at positions, scales
    /// and shades on a grid. The label is the kind. Nothing is held out: the images are the whole support.
    Shapes {
        /// Side of the images in pixels.
        #[serde(default = "twenty_eight")]
        size: usize,
        /// Number of distinct images.
        #[serde(default = "thousand")]
        support: usize,
    },
    /// A fixed random generator of the same shape as the generator that is trained: the realisable case.
    Teacher {
        /// Dimension of the data, which is the width of both generators' output.
        #[serde(default = "plane")]
        dim: usize,
        /// Seed of the teacher's weights, apart from the run's own seed.
        #[serde(default = "teacher_seed")]
        seed: u64,
        /// Whether a batch is paired: x = T(z) with the very z that the generator gets. The equilibrium
        /// (generator equal to the teacher, D = 0) is then exact on every batch.
        #[serde(default)]
        paired: bool,
    },
}

impl Data {
    /// The paths that the data is read from.
    pub(super) fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Data::Points { file, .. } => vec![file],
            Data::Idx { images, labels, .. } => [images].into_iter().chain(labels).collect(),
            Data::Cifar10 { folder, .. } | Data::Folder { folder, .. } => vec![folder],
            Data::Stacked { source } => source.paths_mut(),
            _ => Vec::new(),
        }
    }

    /// Whether samples are images.
    pub fn is_images(&self) -> bool {
        use Data::{Cifar10, Digits, Folder, Idx, Shapes, Stacked};
        matches!(
            self,
            Digits { .. } | Idx { .. } | Cifar10 { .. } | Folder { .. } | Stacked { .. } | Shapes { .. }
        )
    }
}

/// How images are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    /// One channel: the luma of Rec. 601, which is 0.299 R + 0.587 G + 0.114 B.
    Grey,
    /// Three channels: red, green, blue.
    #[default]
    Rgb,
}

/// What to do about a file that cannot be read as an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// Refuse the whole folder.
    #[default]
    Refuse,
    /// Leave the file out, and name it.
    Skip,
}

/// One Gaussian of a mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Center {
    /// Centre; its length is the dimension of the data.
    pub center: Vec<f64>,
    /// Standard deviation along each axis: one number for all axes or one for each.
    pub std: Vec<f64>,
    /// Weight, in any scale.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}
fn two() -> f64 {
    2.0
}
fn fifth() -> f64 {
    0.2
}
fn tenth() -> f64 {
    0.1
}
fn digits() -> Box<Data> {
    Box::new(Data::Digits { held_out: fifth() })
}
fn twenty_eight() -> usize {
    28
}
fn thousand() -> usize {
    1000
}
fn half() -> f64 {
    0.5
}
fn five() -> usize {
    5
}
fn plane() -> usize {
    2
}
fn eight() -> usize {
    8
}
fn std_ring() -> f64 {
    0.02
}
fn std_grid() -> f64 {
    0.05
}
fn teacher_seed() -> u64 {
    1000
}
