//! Checkpoints: everything a run needs to go on to the same bytes.
//!
//! A safetensors file. Networks are named and laid out as PyTorch's `Sequential` of layers and activations would
//! name them, behind the player's name: `generator.0.weight`, `generator.0.bias`, `generator.2.weight` and so on, with
//! `average.discriminator` and `average.generator` for averaged parameters; the parameters of a game on paper are `generator.theta`. Optimiser vectors follow under `optimizer.<player>.`, flat, in the order of
//! the parameters. The metadata has one key, `ganscope`, whose value is JSON.

use super::folder::{Entry, FolderError, tensor_f64, write_tensors};
use crate::game::{Joint, Player};
use crate::nn::{Network, ParameterSlot};
use crate::rule::State;
use crate::scalar::Scalar;
use safetensors::tensor::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What a run carries from step to step.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried<T> {
    /// Steps done.
    pub step: u64,
    /// The point.
    pub at: Joint<T>,
    /// The rule's state.
    pub state: State<T>,
    /// The averaged parameters.
    pub average: Option<Joint<T>>,
    /// Points of the steps just before, latest first, as far as the next record needs them.
    pub before: Vec<Joint<T>>,
}

impl<T: Clone + Default> Carried<T> {
    /// What measures look at: all but the rule's state.
    pub fn seen(&self) -> Self {
        let Carried { step, at, average, before, .. } = self;
        let (at, average, before) = (at.clone(), average.clone(), before.clone());
        Carried { step: *step, at, state: State::default(), average, before }
    }
}

#[derive(Serialize, Deserialize)]
struct Meta {
    format: u32,
    step: u64,
    seed: u64,
    kernels: String,
    optimizer_counts: [u64; 2],
}

const FORMAT: u32 = 1;
const KEY: &str = "ganscope";

/// What a checkpoint says of the run it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// Seed of the run.
    pub seed: u64,
    /// Set of kernels it was made with.
    pub kernels: String,
}

/// One tensor of a player's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Its name behind the player's.
    name: String,
    shape: Vec<usize>,
    /// Where its numbers lie among the parameters.
    range: Range<usize>,
}

/// The tensors of a player's parameters.
pub type Layout = Vec<Slot>;

impl Slot {
    /// The weights and biases of a network.
    pub fn network(network: &Network) -> Layout {
        let slot = |ParameterSlot { name, shape, range, .. }| Slot { name, shape, range };
        network.slots().into_iter().map(slot).collect()
    }

    /// All parameters of a game on paper as one vector, `theta`.
    pub fn vector(n: usize) -> Layout {
        vec![Slot { name: "theta".into(), shape: vec![n], range: 0..n }]
    }
}

fn entry<T: Scalar>(name: String, shape: Vec<usize>, values: &[T]) -> Entry {
    match T::DTYPE {
        candle_core::DType::F64 => Entry::f64(name, shape, values.iter().map(|v| v.f64())),
        // Exact: the numbers were f32 before they were widened.
        _ => Entry::f32(name, shape, values.iter().map(|v| v.f64() as f32)),
    }
}

/// Writes a checkpoint whole.
pub fn write<T: Scalar>(
    path: &Path,
    [discriminator, generator]: &[Layout; 2],
    carried: &Carried<T>,
    origin: &Origin,
) -> Result<(), FolderError> {
    let mut entries = Vec::new();
    let mut player = |prefix: &str, layout: &Layout, theta: &[T]| {
        for Slot { name, shape, range } in layout {
            entries.push(entry(format!("{prefix}.{name}"), shape.clone(), &theta[range.clone()]));
        }
    };
    player("discriminator", discriminator, &carried.at.d);
    player("generator", generator, &carried.at.g);
    if let Some(average) = &carried.average {
        player("average.discriminator", discriminator, &average.d);
        player("average.generator", generator, &average.g);
    }
    for player in Player::BOTH {
        for (name, vector) in &carried.state.players[player as usize].vectors {
            let name = format!("optimizer.{}.{name}", player.name());
            entries.push(entry(name, vec![vector.len()], vector));
        }
        for (k, before) in carried.before.iter().enumerate() {
            let name = format!("before.{k}.{}", player.name());
            entries.push(entry(name, vec![before[player].len()], &before[player]));
        }
    }
    let meta = Meta {
        format: FORMAT,
        step: carried.step,
        seed: origin.seed,
        kernels: origin.kernels.clone(),
        optimizer_counts: [0, 1].map(|p| carried.state.players[p].count),
    };
    let text = serde_json::to_string(&meta).unwrap_or_default();
    write_tensors(path, &entries, Some(HashMap::from([(KEY.to_string(), text)])))
}

/// Reads a checkpoint into the form of `blank`, the state of the run before its first step.
pub fn read<T: Scalar>(
    path: &Path,
    layouts: &[Layout; 2],
    blank: &Carried<T>,
) -> Result<(Carried<T>, Origin), FolderError> {
    let own = if T::DTYPE == candle_core::DType::F64 { Dtype::F64 } else { Dtype::F32 };
    read_as(path, layouts, blank, &[own])
}

/// Reads a checkpoint of either precision in double precision, which is exact.
pub fn read_widened(
    path: &Path,
    layouts: &[Layout; 2],
    blank: &Carried<f64>,
) -> Result<(Carried<f64>, Origin), FolderError> {
    read_as(path, layouts, blank, &[Dtype::F64, Dtype::F32])
}

fn read_as<T: Scalar>(
    path: &Path,
    [discriminator, generator]: &[Layout; 2],
    blank: &Carried<T>,
    dtypes: &[Dtype],
) -> Result<(Carried<T>, Origin), FolderError> {
    let bytes = std::fs::read(path).map_err(|source| FolderError::Read { path: path.into(), source })?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(path, e))?;
    let reader = Reader { path, file, dtypes };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| damaged(path, e))?;
    let text = header.metadata().as_ref().and_then(|m| m.get(KEY));
    let text = text.ok_or_else(|| damaged(path, "it was not written by ganscope"))?;
    let meta: Meta = serde_json::from_str(text).map_err(|e| damaged(path, e))?;
    if meta.format != FORMAT {
        return Err(damaged(path, format!("its format is {}, this program reads {FORMAT}", meta.format)));
    }
    let mut carried = blank.clone();
    carried.step = meta.step;
    reader.player("discriminator", discriminator, &mut carried.at.d)?;
    reader.player("generator", generator, &mut carried.at.g)?;
    if let Some(average) = &mut carried.average {
        reader.player("average.discriminator", discriminator, &mut average.d)?;
        reader.player("average.generator", generator, &mut average.g)?;
    }
    for player in Player::BOTH {
        let own = &mut carried.state.players[player as usize];
        own.count = meta.optimizer_counts[player as usize];
        for (name, vector) in &mut own.vectors {
            reader.fill(&format!("optimizer.{}.{name}", player.name()), &[vector.len()], vector)?;
        }
    }
    carried.before = reader.before(blank.at.sizes())?;
    Ok((carried, Origin { seed: meta.seed, kernels: meta.kernels }))
}

struct Reader<'a> {
    path: &'a Path,
    file: SafeTensors<'a>,
    /// Element types that are read.
    dtypes: &'a [Dtype],
}

impl Reader<'_> {
    fn player<T: Scalar>(&self, prefix: &str, layout: &Layout, theta: &mut [T]) -> Result<(), FolderError> {
        for Slot { name, shape, range } in layout {
            self.fill(&format!("{prefix}.{name}"), shape, &mut theta[range.clone()])?;
        }
        Ok(())
    }

    fn fill<T: Scalar>(&self, name: &str, shape: &[usize], to: &mut [T]) -> Result<(), FolderError> {
        let fail = |what: String| damaged(self.path, what);
        let view = self.file.tensor(name).map_err(|_| fail(format!("no tensor `{name}`")))?;
        if view.shape() != shape || !self.dtypes.contains(&view.dtype()) {
            let (found, kind, wanted) = (view.shape(), view.dtype(), self.dtypes[0]);
            return Err(fail(format!("`{name}` is {kind:?} {found:?}, expected {wanted:?} {shape:?}")));
        }
        let (_, values) = tensor_f64(&self.file, name).ok_or_else(|| fail(format!("no tensor `{name}`")))?;
        if values.iter().any(|v| !v.is_finite()) {
            return Err(fail(format!("`{name}` holds NaN or infinity")));
        }
        for (to, from) in to.iter_mut().zip(values) {
            *to = T::of(from);
        }
        Ok(())
    }

    fn before<T: Scalar>(&self, sizes: [usize; 2]) -> Result<Vec<Joint<T>>, FolderError> {
        let mut out = Vec::new();
        while self.file.tensor(&format!("before.{}.discriminator", out.len())).is_ok() {
            let mut point = Joint::zeros(sizes);
            for player in Player::BOTH {
                let name = format!("before.{}.{}", out.len(), player.name());
                self.fill(&name, &[sizes[player as usize]], &mut point[player])?;
            }
            out.push(point);
        }
        Ok(out)
    }
}

fn damaged(path: &Path, what: impl std::fmt::Display) -> FolderError {
    FolderError::Damaged {
        path: PathBuf::from(path),
        what: what.to_string(),
        remedy: "delete it to resume from the checkpoint before it, or make the run again with --force",
    }
}
