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
