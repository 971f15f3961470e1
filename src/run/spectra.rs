//! Spectra as files of a run folder: `spectrum/step-NNNNNNNN.json`, the same as CSV, and the batch beside them.

use super::batch_file::write_batch;
use super::folder::{Folder, FolderError, json, read_text, write_whole};
use super::point::Playable;
use super::subject::Subject;
use crate::game::GanBatch;
use crate::spectrum::Spectrum;
use std::path::{Path, PathBuf};

/// Where a spectrum lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpectrumFiles {
    /// Everything.
    pub json: PathBuf,
    /// The eigenvalues and multipliers as a table.
    pub csv: PathBuf,
    /// The batch; not written for games on paper.
    pub batch: PathBuf,
}

impl SpectrumFiles {
    /// The files of a step in a folder.
    pub fn new(folder: &Path, step: u64) -> Self {
        let named = |ending: &str| folder.join(format!("step-{step:08}.{ending}"));
        SpectrumFiles { json: named("json"), csv: named("csv"), batch: named("safetensors") }
    }
}

/// Writes a spectrum of a subject: the batch it was taken on, the table, and last the JSON that names the batch.
pub fn write_spectrum(
    subject: &Subject,
    spectrum: &mut Spectrum,
    batch: Option<&GanBatch<f64>>,
    files: &SpectrumFiles,
) -> Result<(), FolderError> {
    if let (Playable::Gan(gan), Some(batch)) = (&subject.game, batch) {
        write_batch(&files.batch, gan, batch)?;
        spectrum.batch = files.batch.file_name().map(|name| name.to_string_lossy().into_owned());
    }
    write_whole(&files.csv, csv(spectrum).as_bytes())?;
    write_whole(&files.json, json(spectrum).as_bytes())
}

/// Reads a spectrum that was written.
pub fn read_spectrum(path: &Path) -> Result<Spectrum, FolderError> {
    let remedy = "it must be a JSON that `ganscope spectrum` wrote; take the spectrum again";
    let damaged = |what: String| FolderError::Damaged { path: path.into(), what, remedy };
    serde_json::from_str(&read_text(path)?).map_err(|e| damaged(e.to_string()))
}

/// Eigenvalues and multipliers as a table, a row each.
pub fn csv(spectrum: &Spectrum) -> String {
    let mut out = String::from("kind,re,im,magnitude,residual,condition_number,uncertainty,converged\n");
    let number = |x: Option<f64>| x.map_or(String::new(), |x| format!("{x}"));
    for (k, [re, im]) in spectrum.eigenvalues.iter().enumerate() {
        out += &format!(
            "eigenvalue,{re},{im},{},{},{},{},{}\n",
            re.hypot(*im),
            spectrum.residuals[k],
            number(spectrum.condition_numbers[k]),
            spectrum.uncertainties[k],
            spectrum.converged[k]
        );
    }
    for ([re, im], residual) in spectrum.rule.multipliers.iter().zip(&spectrum.rule.residuals) {
        out += &format!("multiplier,{re},{im},{},{residual},,,\n", re.hypot(*im));
    }
    out
}

/// The spectra of a folder in order of steps; none where the folder is missing.
pub fn read_spectra(folder: &Folder) -> Result<Vec<Spectrum>, FolderError> {
    folder.steps_with(&folder.spectra(), ".json")?.into_iter().map(|(_, path)| read_spectrum(&path)).collect()
}
