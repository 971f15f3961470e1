//! The scenarios and data files that the program carries, so that an installed one has them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Paths that start with this name a file inside the program, as in `shipped:data/three-petals.csv`.
pub const PREFIX: &str = "shipped:";

/// A scenario that the program carries.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
    /// About how long it takes on one core with AVX-512.
    pub time: &'static str,
    /// The files that its user must bring, in words; None where it runs as it is.
    pub needs: Option<&'static str>,
}

macro_rules! shipped {
    (@needs $needs:literal) => { Some($needs) };
    (@needs) => { None };
    ($($name:literal $(in $place:literal)? takes $time:literal $(needs $needs:literal)?),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $($place, "-",)? $name, ".toml")),
            time: $time,
            needs: shipped!(@needs $($needs)?),
        }),*]
    };
}

/// Every shipped scenario.
pub const SHIPPED: &[Shipped] = shipped![
    "quickstart" takes "4 s",
    "ring8-regularized" takes "80 s",
    "ring8-unregularized" takes "70 s",
    "ring8-unrolled15" takes "6 min",
    "grid16-odegan" takes "2 min",
    "ring8-paper" takes "5 min",
    "ring8-small-regularized" takes "2 s",
    "ring8-small-unregularized" takes "2 s",
    "ring8-small-eta" takes "2 s",
    "ring8-objectives" takes "2 s",
    "ring8-optimizers" takes "2 s",
    "ring8-batch-sizes" takes "2 s",
    "ring8-collapse-map" takes "2 s",
    "ring8-eta" takes "80 s",
    "ring8-nonsaturating" takes "75 s",
    "ring8-r1" takes "80 s",
    "ring8-r3gan" takes "25 s",
    "ring8-wgan-gp" takes "60 s",
    "ring8-veegan" takes "50 s",
    "ring8-packs" takes "50 s",
    "grid25-regularized" takes "25 s",
    "grid25-unregularized" takes "20 s",
    "grid25-eta" takes "25 s",
    "grid25-packs" takes "55 s",
    "grid25-published" takes "15 min",
    "ring8-published" takes "15 min",
    "spiral" takes "25 s",
    "swiss-roll" takes "25 s",
    "points-from-csv" takes "8 s",
    "digits-regularized" takes "2 min",
    "digits-unregularized" takes "2 min",
    "digits-r1" takes "2 min",
    "digits-conditional" takes "2 min",
    "digits-ghost-batchnorm" takes "2 min",
    "digits-stress" takes "90 s",
    "digits-stress-regularized" takes "2 min",
    "shapes-birthday" takes "2 min",
    "stacked-digits" takes "4 min",
    "stacked-digits-packed" takes "4 min",
    "stacked-digits-regularized" takes "4 min",
    "stacked-mnist" takes "30 min" needs "MNIST",
    "mnist-dcgan" takes "15 min" needs "MNIST",
    "mnist-dcgan-regularized" takes "20 min" needs "MNIST",
    "folder" takes "30 min" needs "a folder of images",
    "teacher-student" takes "10 s",
    "dirac-unregularized" in "games/01" takes "<1 s",
    "dirac-flow" in "games/02" takes "<1 s",
    "dirac-alternating" in "games/03" takes "<1 s",
    "uniform-wgan" in "games/04" takes "<1 s",
    "bilinear-simultaneous" in "games/05" takes "<1 s",
    "dirac-least-squares" in "games/06" takes "<1 s",
    "dirac-noise" in "games/07" takes "<1 s",
    "dirac-r1" in "games/08" takes "<1 s",
    "uniform-nk17" in "games/09" takes "<1 s",
    "lq-wgan" in "games/10" takes "<1 s",
    "dirac-consensus" in "games/11" takes "<1 s",
    "dirac-wgan-gp" in "games/12" takes "<1 s",
    "bilinear-negative-momentum" in "games/13" takes "<1 s",
    "dirac-r1-momentum" in "games/14" takes "<1 s",
    "bilinear-extragradient" in "games/15" takes "<1 s",
    "bilinear-optimistic" in "games/16" takes "<1 s",
    "bilinear-competitive" in "games/17" takes "<1 s",
    "quadratic-symplectic" in "games/18" takes "<1 s",
    "dirac-lead" in "games/19" takes "<1 s",
    "dirac-unrolled" in "games/20" takes "<1 s",
    "dirac-lookahead" in "games/21" takes "<1 s",
    "hopf-trap" in "games/22" takes "<1 s",
    "hopf-near-miss" in "games/23" takes "<1 s",
    "dirac-adam-near-miss" in "games/24" takes "<1 s",
    "bilinear-average" in "games/25" takes "<1 s",
    "saddle-monkey" in "games/26" takes "<1 s",
    "own-losses" in "games/27" takes "<1 s",
];

/// Data files of shipped scenarios by their path beside the scenarios.
const FILES: &[(&str, &str)] =
    &[("data/three-petals.csv", include_str!("../../scenarios/data/three-petals.csv"))];

/// A shipped scenario by its name.
pub fn find(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|s| s.name == name)
}

/// Whether a path names a file inside the program.
pub fn is_shipped(path: &Path) -> bool {
    path.to_str().is_some_and(|p| p.starts_with(PREFIX))
}

/// `file` in the folder `base`, either of which may be inside the program.
pub fn join(base: &Path, file: &Path) -> PathBuf {
    match (is_shipped(base), file.to_str()) {
        (true, Some(name)) => PathBuf::from(format!("{PREFIX}{name}")),
        _ => base.join(file),
    }
}

/// Reads a data file, be it inside the program or on disk.
pub fn read_file(path: &Path) -> std::io::Result<Cow<'static, [u8]>> {
    let name = path.to_str().and_then(|p| p.strip_prefix(PREFIX));
    match name {
        Some(name) => match FILES.iter().find(|(file, _)| *file == name) {
            Some((_, text)) => Ok(Cow::Borrowed(text.as_bytes())),
            None => {
                Err(std::io::Error::new(std::io::ErrorKind::NotFound, "the program carries no such file"))
            }
        },
        None => std::fs::read(path).map(Cow::Owned),
    }
}
