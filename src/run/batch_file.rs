//! The batch of a spectrum as a file: safetensors with `x`, `z` and `mix`, so that any program can take the same
//! spectrum again.

use super::folder::{Entry, FolderError, tensor_f64, write_tensors};
use crate::game::{Gan, GanBatch};
use safetensors::tensor::SafeTensors;
use std::path::Path;

const REMEDY: &str = "give a file with x [rows, data dimension] and z [rows, latent dimension]";

/// Writes a batch: `x` `[rows, dim]`, `z` `[rows, latent]`, and `mix` `[rows]`, the interpolation weights of gradient
/// penalties.
pub fn write_batch(path: &Path, gan: &Gan<f64>, batch: &GanBatch<f64>) -> Result<(), FolderError> {
    let rows = gan.rows_of(batch);
    let entries = [
        Entry::f64("x", vec![rows, gan.data_dim()], batch.x.iter().copied()),
        Entry::f64("z", vec![rows, gan.generator.inputs()], batch.z.iter().copied()),
        Entry::f64("mix", vec![rows], batch.mix.iter().copied()),
    ];
    write_tensors(path, &entries, None)
}

/// Reads a batch for a game at a step. `mix` may be missing: it is then 0, the generated end.
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
    let (x, z) = (tensor("x", gan.data_dim())?, tensor("z", gan.generator.inputs())?);
    let rows = z.len() / gan.generator.inputs();
    if x.len() / gan.data_dim() != rows {
        return Err(damaged("`x` and `z` have different numbers of rows".into()));
    }
    if !rows.is_multiple_of(gan.pack) {
        return Err(damaged(format!("{rows} rows do not make whole packs of {}", gan.pack)));
    }
    let mix = match tensor_f64(&file, "mix") {
        Some((_, mix)) if mix.len() == rows && mix.iter().all(|m| m.is_finite()) => mix,
        Some(_) => return Err(damaged(format!("`mix` does not hold {rows} finite numbers"))),
        None => vec![0.0; rows],
    };
    Ok(GanBatch { step, x, z, mix })
}
