//! The run folder: where each file lies, how it is written and read back.
//!
//! A crash at any moment leaves a folder that a run can resume from: files appear whole (written beside, then
//! renamed) or grow by whole rows.

use super::image_look::{ImageInfo, ImageLook};
use super::info::RunInfo;
use super::record::{Frame, Landscape, Table, Warp};
use crate::data::Points;
use crate::scenario::Scenario;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What can go wrong with a run folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {source}; choose another place or make room there")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is there but is not what it should be.
    #[error("{path} is damaged: {what}; {remedy}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

/// A run folder by its path.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
}

/// Everything a picture or a report needs of a run.
#[derive(Clone, Debug)]
pub struct RunData {
    /// Where it lies.
    pub folder: Folder,
    /// The resolved scenario.
    pub scenario: Scenario,
    /// `run.json`.
    pub info: RunInfo,
    /// `metrics.csv`.
    pub table: Table,
    /// The kept frames in order of steps.
    pub frames: Vec<Frame>,
    /// Real samples as a backdrop; none in a game on paper.
    pub real: Points,
    /// What the images are, where samples are images.
    pub images: Option<ImageInfo>,
    /// A closer look at the generated images, where one was taken.
    pub look: Option<ImageLook>,
}

impl Folder {
    /// A folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Folder { path: path.into() }
    }
    /// The resolved scenario.
    pub fn scenario(&self) -> PathBuf {
        self.path.join("scenario.toml")
    }
    /// What the run was and how it ended.
    pub fn info(&self) -> PathBuf {
        self.path.join("run.json")
    }
    /// The metrics table as text.
    pub fn metrics_csv(&self) -> PathBuf {
        self.path.join("metrics.csv")
    }
    /// The metrics table as Parquet.
    pub fn metrics_parquet(&self) -> PathBuf {
        self.path.join("metrics.parquet")
    }
    /// The folder of checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }
    /// The checkpoint of a step.
    pub fn checkpoint(&self, step: u64) -> PathBuf {
        self.checkpoints().join(format!("step-{step:08}.safetensors"))
    }
    /// The folder of frames.
    pub fn frames(&self) -> PathBuf {
        self.path.join("samples")
    }
    /// The frame of a step.
    pub fn frame(&self, step: u64) -> PathBuf {
        self.frames().join(format!("step-{step:08}.safetensors"))
    }
    /// The real samples that pictures show.
    pub fn real(&self) -> PathBuf {
        self.frames().join("data.safetensors")
    }
    /// What the images of the run are.
    pub fn images(&self) -> PathBuf {
        self.frames().join("images.json")
    }
    /// The closer look at generated images.
    pub fn look(&self) -> PathBuf {
        self.frames().join("look.safetensors")
    }
    /// The folder of pictures.
    pub fn plots(&self) -> PathBuf {
        self.path.join("plots")
    }
    /// The folder of regions of attraction.
    pub fn basin(&self) -> PathBuf {
        self.path.join("basin")
    }
    /// The folder of spectra.
    pub fn spectra(&self) -> PathBuf {
        self.path.join("spectrum")
    }
    /// The report.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// Reads everything a picture or a report needs.
    pub fn load(&self) -> Result<RunData, FolderError> {
        let scenario = read_text(&self.scenario())?;
        let scenario: Scenario = toml::from_str(&scenario).map_err(|e| {
            damaged(
                &self.scenario(),
                e.message().to_string(),
                "restore it, or make the run again with --force",
            )
        })?;
        let mut frames = Vec::new();
        for (step, path) in self.steps_in(&self.frames())? {
            frames.push(read_frame(&path, step)?);
        }
        // Games on paper have no samples.
        let real = match scenario.data {
            Some(_) => read_points(&self.real())?,
            None => Points::new(1, Vec::new()),
        };
        let images = ImageInfo::read(self)?.filter(|images| images.shape.numbers() == real.dim);
        let look = match &images {
            Some(images) => ImageLook::read(self, images.shape.numbers())?,
            None => None,
        };
        Ok(RunData {
            folder: self.clone(),
            scenario,
            info: self.read_info()?,
            table: self.read_table()?,
            frames,
            real,
            images,
            look,
        })
    }

    /// Reads `run.json`.
    pub fn read_info(&self) -> Result<RunInfo, FolderError> {
        let path = self.info();
        serde_json::from_str(&read_text(&path)?).map_err(|e| damaged(&path, e.to_string(), "resume the run"))
    }

    /// Writes `run.json`.
    pub fn write_info(&self, info: &RunInfo) -> Result<(), FolderError> {
        write_whole(&self.info(), json(info).as_bytes())
    }

    /// Reads `metrics.csv`. A last row that a crash cut short is left out.
    pub fn read_table(&self) -> Result<Table, FolderError> {
        let path = self.metrics_csv();
        let text = read_text(&path)?;
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let remedy = "restore it, or make the run again with --force";
        Table::parse(whole).map_err(|what| damaged(&path, what, remedy))
    }

    /// The files `step-NNNNNNNN.safetensors` of a folder in order of steps; none where the folder is missing.
    pub fn steps_in(&self, folder: &Path) -> Result<Vec<(u64, PathBuf)>, FolderError> {
        self.steps_with(folder, ".safetensors")
    }

    /// The same for files of another ending.
    pub fn steps_with(&self, folder: &Path, ending: &str) -> Result<Vec<(u64, PathBuf)>, FolderError> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(FolderError::Read { path: folder.into(), source }),
        };
        let mut found: Vec<(u64, PathBuf)> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter_map(|path| {
                let name = path.file_name()?.to_str()?;
                let step = name.strip_prefix("step-")?.strip_suffix(ending)?.parse().ok()?;
                Some((step, path))
            })
            .collect();
        found.sort();
        Ok(found)
    }
}

fn damaged(path: &Path, what: String, remedy: &'static str) -> FolderError {
    FolderError::Damaged { path: path.into(), what, remedy }
}

/// A value as the text of a JSON file.
pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Reads a text file.
pub fn read_text(path: &Path) -> Result<String, FolderError> {
    std::fs::read_to_string(path).map_err(|source| FolderError::Read { path: path.into(), source })
}

/// What the names of files start with until they are whole.
pub const WRITING: &str = ".writing-";

/// Writes a file so that it appears whole or not at all: beside it first, flushed, then renamed over it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let fail = |source| FolderError::Write { path: path.into(), source };
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(fail)?;
    let made = tempfile::Builder::new().prefix(WRITING).tempfile_in(parent);
    // The whole error would name the temporary file, which nobody asked for.
    let mut file = made.map_err(|e| fail(e.kind().into()))?;
    file.as_file_mut().write_all(bytes).map_err(fail)?;
    file.as_file().sync_data().map_err(fail)?;
    #[cfg(unix)]
    {
        // Temporary files are private; a result is as readable as any new file.
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(fail)?;
    }
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

/// A tensor to be written: name, shape, and its numbers as little-endian bytes.
pub struct Entry {
    /// Name in the file.
    pub name: String,
    /// Element type.
    pub dtype: Dtype,
    /// Shape.
    pub shape: Vec<usize>,
    /// Little-endian bytes.
    pub bytes: Vec<u8>,
}

impl Entry {
    /// An f32 tensor.
    pub fn f32(name: impl Into<String>, shape: Vec<usize>, values: impl IntoIterator<Item = f32>) -> Self {
        let bytes = values.into_iter().flat_map(f32::to_le_bytes).collect();
        Entry { name: name.into(), dtype: Dtype::F32, shape, bytes }
    }
    /// An f64 tensor.
    pub fn f64(name: impl Into<String>, shape: Vec<usize>, values: impl IntoIterator<Item = f64>) -> Self {
        let bytes = values.into_iter().flat_map(f64::to_le_bytes).collect();
        Entry { name: name.into(), dtype: Dtype::F64, shape, bytes }
    }
}

/// Writes a safetensors file whole.
pub fn write_tensors(
    path: &Path,
    entries: &[Entry],
    metadata: Option<HashMap<String, String>>,
) -> Result<(), FolderError> {
    let fail = |what: String| FolderError::Write { path: path.into(), source: std::io::Error::other(what) };
    let views: Result<Vec<_>, _> = entries
        .iter()
        .map(|e| Ok((e.name.as_str(), TensorView::new(e.dtype, e.shape.clone(), &e.bytes)?)))
        .collect();
    let views = views.map_err(|e: safetensors::SafeTensorError| fail(e.to_string()))?;
    let bytes = safetensors::serialize(views, metadata).map_err(|e| fail(e.to_string()))?;
    write_whole(path, &bytes)
}

/// The numbers of an f32 or f64 tensor, widened to f64, with its shape; None where there is none of that name.
pub fn tensor_f64(file: &SafeTensors, name: &str) -> Option<(Vec<usize>, Vec<f64>)> {
    let view = file.tensor(name).ok()?;
    let values = match view.dtype() {
        Dtype::F32 => {
            let read = |c: &[u8]| f64::from(f32::from_le_bytes([c[0], c[1], c[2], c[3]]));
            view.data().chunks_exact(4).map(read).collect()
        }
        Dtype::F64 => {
            let read = |c: &[u8]| f64::from_le_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]]);
            view.data().chunks_exact(8).map(read).collect()
        }
        _ => return None,
    };
    Some((view.shape().to_vec(), values))
}

/// Writes points as an f32 tensor `points`.
pub fn write_points(path: &Path, points: &Points) -> Result<(), FolderError> {
    write_tensors(path, &[points_entry("points", points)], None)
}

/// Points as an f32 tensor.
pub(super) fn points_entry(name: &str, points: &Points) -> Entry {
    Entry::f32(name, vec![points.len(), points.dim], points.values.iter().map(|v| *v as f32))
}

/// Reads points written by [`write_points`].
pub fn read_points(path: &Path) -> Result<Points, FolderError> {
    let bytes = std::fs::read(path).map_err(|source| FolderError::Read { path: path.into(), source })?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(path, e.to_string(), REMAKE))?;
    points_of(&file, "points").ok_or_else(|| damaged(path, "no tensor `points`".into(), REMAKE))
}

const REMAKE: &str = "delete it and resume the run, or make the run again with --force";

fn points_of(file: &SafeTensors, name: &str) -> Option<Points> {
    match tensor_f64(file, name)? {
        (shape, values) if shape.len() == 2 && shape[1] > 0 => Some(Points::new(shape[1], values)),
        _ => None,
    }
}

/// Writes a frame.
pub fn write_frame(path: &Path, frame: &Frame) -> Result<(), FolderError> {
    let mut entries = vec![points_entry("samples", &frame.samples)];
    if let Some(l) = &frame.landscape {
        let push = l.push.iter().flatten().copied();
        entries.push(Entry::f64("landscape.window", vec![4], l.window));
        entries.push(Entry::f32("landscape.logits", vec![l.side, l.side], l.logits.iter().copied()));
        entries.push(Entry::f32("landscape.push", vec![l.push_side, l.push_side, 2], push));
    }
    if let Some(w) = &frame.warp {
        entries.push(points_entry("warp.points", &w.points));
        entries.push(Entry::f64("warp.reach", vec![1], [w.reach]));
    }
    write_tensors(path, &entries, None)
}

fn read_frame(path: &Path, step: u64) -> Result<Frame, FolderError> {
    let bytes = std::fs::read(path).map_err(|source| FolderError::Read { path: path.into(), source })?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(path, e.to_string(), REMAKE))?;
    let samples =
        points_of(&file, "samples").ok_or_else(|| damaged(path, "no tensor `samples`".into(), REMAKE))?;
    Ok(Frame { step, samples, landscape: landscape_of(&file), warp: warp_of(&file) })
}

fn landscape_of(file: &SafeTensors) -> Option<Landscape> {
    let (_, window) = tensor_f64(file, "landscape.window")?;
    let (shape, logits) = tensor_f64(file, "landscape.logits")?;
    let (push_shape, push) = tensor_f64(file, "landscape.push")?;
    Some(Landscape {
        window: window.try_into().ok()?,
        side: *shape.first()?,
        logits: logits.into_iter().map(|v| v as f32).collect(),
        push_side: *push_shape.first()?,
        push: push.chunks_exact(2).map(|p| [p[0] as f32, p[1] as f32]).collect(),
    })
}

fn warp_of(file: &SafeTensors) -> Option<Warp> {
    let points = points_of(file, "warp.points")?;
    let (_, reach) = tensor_f64(file, "warp.reach")?;
    let side = (points.len() as f64).sqrt().round() as usize;
    (side * side == points.len()).then_some(Warp { side, points, reach: *reach.first()? })
}
