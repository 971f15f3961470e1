//! Trained classifiers on disk, so that a data set's is trained once: in the folder that `GANSCOPE_CACHE` names, or else in
//! the system's folder for caches. A cache that cannot be read or written costs time and nothing else.

use super::Classifier;
use crate::data::{Images, Part};
use crate::scalar::Scalar;
use etcetera::BaseStrategy;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::PathBuf;

/// Raised whenever training changes, so that old classifiers are not taken for new ones.
const VERSION: u32 = 2;
const TENSOR: &str = "theta";

/// The name of a classifier: a hash of the images, their labels, the network and the way of training.
pub fn key(images: &Images, blank: &Classifier) -> String {
    let mut hash = Sha256::new();
    hash.update(VERSION.to_le_bytes());
    hash.update(format!("{:?} {}", blank.network, blank.kernels.set()));
    for part in [Part::Training, Part::HeldOut] {
        for label in images.all_labels(part).unwrap_or_default() {
            hash.update(label.to_le_bytes());
        }
        images.bytes(part).for_each(|image| hash.update(image));
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn path(key: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("GANSCOPE_CACHE") {
        Some(folder) if folder.is_empty() => return None,
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy().ok()?.cache_dir().join("ganscope"),
    };
    Some(folder.join(format!("classifier-{key}.safetensors")))
}

/// The parameters of a cached classifier, if they are whole.
pub fn read(key: &str, parameters: usize) -> Option<Vec<f32>> {
    let bytes = std::fs::read(path(key)?).ok()?;
    let file = SafeTensors::deserialize(&bytes).ok()?;
    let view = file.tensor(TENSOR).ok()?;
    let fits = view.dtype() == Dtype::F32 && view.data().len() == 4 * parameters;
    let theta: Vec<f32> =
        view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    (fits && theta.iter().all(|x| x.finite())).then_some(theta)
}

/// Keeps the parameters of a classifier, whole or not at all.
pub fn write(key: &str, theta: &[f32]) {
    let Some(path) = path(key) else { return };
    let bytes: Vec<u8> = theta.iter().flat_map(|x| x.to_le_bytes()).collect();
    let keep = || -> Option<()> {
        let folder = path.parent()?;
        std::fs::create_dir_all(folder).ok()?;
        let view = TensorView::new(Dtype::F32, vec![theta.len()], &bytes).ok()?;
        let file = safetensors::serialize([(TENSOR, view)], None).ok()?;
        let mut beside = tempfile::NamedTempFile::new_in(folder).ok()?;
        beside.write_all(&file).ok()?;
        beside.persist(&path).ok().map(|_| ())
    };
    // Without a cache the classifier is trained again next time.
    let _ = keep();
}
