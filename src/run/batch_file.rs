//! The batch of a spectrum as a file: safetensors with `x`, `z` and `mix`, and with `chance` where the game draws, so that
//! the same spectrum can be taken again.

use super::folder::{Entry, FolderError, tensor_f64, write_tensors};
use crate::game::{Gan, GanBatch};
use crate::nn::label::labels_of;
use crate::random::Chance;
use safetensors::tensor::SafeTensors;
use std::path::Path;

const REMEDY: &str = "give a file with x [rows, data dimension] and z [rows, latent dimension]";

/// Keys are below 2^53.
const MOST: f64 = (1u64 << 53) as f64;

/// Writes a batch: `x` `[rows, dim]`, `z` `[rows, latent]`, and `mix` `[rows]`, the interpolation weights of gradient
/// penalties. Where the networks know labels, one ends each row of `x` and of `z`. Where layers draw, `chance` `[1]` is the key, a whole number below 2^53, that their draws follow from.
pub fn write_batch(path: &Path, gan: &Gan<f64>, batch: &GanBatch<f64>) -> Result<(), FolderError> {
    let rows = gan.rows_of(batch);
    let mut entries = vec![
        Entry::f64("x", vec![rows, gan.row()], batch.x.iter().copied()),
        Entry::f64("z", vec![rows, gan.generator.inputs()], batch.z.iter().copied()),
        Entry::f64("mix", vec![rows], batch.mix.iter().copied()),
    ];
    let key = batch.chance.map(|chance| chance.key() as f64);
    entries.extend(key.map(|key| Entry::f64("chance", vec![1], [key])));
    write_tensors(path, &entries, None)
}

/// Reads a batch for a game at a step. `mix` may be missing: it is then 0, the generated end. Without `chance` nothing is
/// drawn: dropout rests.
pub fn read_batch(path: &Path, gan: &Gan<f64>, step: u64) -> Result<GanBatch<f64>, FolderError> {
    let bytes = std::fs::read(path).map_err(|source| FolderError::Read { path: path.into(), source })?;
    let damaged = |what: String| FolderError::Damaged { path: path.into(), what, remedy: REMEDY };
    let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
    let tensor = |name: &str, width: usize| {
        let (shape, values) =
            tensor_f64(&file, name).ok_or_else(|| damaged(format!("no f32 or f64 tensor `{name}`")))?;
        if shape.len() != 2 || shape[1] != width || shape[0] == 0 {
            return Err(damaged(format!("`{name}` is {shape:?}, expected [rows, {width}]")));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(damaged(format!("`{name}` holds NaN or infinity")));
        }
        Ok(values)
    };
    let (x, z) = (tensor("x", gan.row())?, tensor("z", gan.generator.inputs())?);
    let rows = z.len() / gan.generator.inputs();
    if x.len() / gan.row() != rows {
        return Err(damaged("`x` and `z` have different numbers of rows".into()));
    }
    let classes = gan.classes.len() as f64;
    let wrong = |label: f64| label.fract() != 0.0 || !(0.0..classes).contains(&label);
    let labels = labels_of(&x, gan.row()).chain(labels_of(&z, gan.generator.inputs()));
    if let Some(label) = labels.filter(|_| gan.labelled()).find(|label| wrong(*label)) {
        return Err(damaged(format!("a row ends with the label {label}, and there are {classes} classes")));
    }
    if !rows.is_multiple_of(gan.pack) {
        return Err(damaged(format!("{rows} rows do not make whole packs of {}", gan.pack)));
    }
    let mix = match tensor_f64(&file, "mix") {
        Some((_, mix)) if mix.len() == rows && mix.iter().all(|m| m.is_finite()) => mix,
        Some(_) => return Err(damaged(format!("`mix` does not hold {rows} finite numbers"))),
        None => vec![0.0; rows],
    };
    let chance = match tensor_f64(&file, "chance") {
        Some((_, key)) if matches!(key[..], [key] if (0.0..MOST).contains(&key) && key.fract() == 0.0) => {
            Some(Chance::new(key[0] as u64)).filter(|_| gan.draws())
        }
        Some(_) => return Err(damaged("`chance` is not one whole number below 2^53".into())),
        None => None,
    };
    Ok(GanBatch { step, x, z, mix, chance })
}
