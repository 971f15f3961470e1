//! Networks that were trained elsewhere: a PyTorch state dictionary in safetensors, and a scenario that says what the
//! tensors are.
//!
//! The file holds `generator.K.weight`, `generator.K.bias`, and the same of `discriminator`, as
//! `nn.ModuleDict({"generator": Sequential, "discriminator": Sequential}).state_dict()` names them. K may be any
//! numbers: layers are taken in their order, whatever stands between them.

use crate::game::{Gan, Joint, Player};
use crate::nn::Network;
use crate::rule::rule_of;
use crate::run::folder::{FolderError, tensor_f64};
use crate::run::{Playable, RunError, RunOptions, Subject, game_of, steady};
use crate::scenario::Loaded;
use safetensors::tensor::SafeTensors;
use std::path::Path;

const REMEDY: &str = "the scenario's [game.generator] and [game.discriminator] must describe these networks";

/// A scenario's game at the weights of a file, before the first step of the scenario's rule.
pub fn foreign(loaded: Loaded, weights: &Path) -> Result<Subject, RunError> {
    let game = steady(game_of(&loaded, &RunOptions::new(""))?);
    let Playable::Gan(gan) = &game else {
        let text = format!("scenario {} is a game on paper; it has no networks", loaded.scenario.name);
        return Err(RunError::Refused(text));
    };
    let bytes =
        std::fs::read(weights).map_err(|source| FolderError::Read { path: weights.into(), source })?;
    let damaged = |what: String| FolderError::Damaged { path: weights.into(), what, remedy: REMEDY };
    let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
    let at = Joint {
        d: parameters(&file, Player::Discriminator.name(), &gan.discriminator).map_err(damaged)?,
        g: parameters(&file, Player::Generator.name(), &gan.generator).map_err(damaged)?,
    };
    let (dynamics, steps) = (&loaded.scenario.dynamics, loaded.scenario.train.steps);
    let sizes = game.sizes();
    let state = rule_of::<f64, Gan<f64>>(dynamics, steps, None).start(sizes);
    Ok(Subject { loaded, game, at, state, step: 0 })
}

fn parameters(file: &SafeTensors, player: &str, network: &Network) -> Result<Vec<f64>, String> {
    let mut theta = vec![0.0; network.parameters()];
    for (name, slot) in names(file, player, network)?.into_iter().zip(network.slots()) {
        let (found, values) =
            tensor_f64(file, &name).ok_or_else(|| format!("no f32 or f64 tensor `{name}`"))?;
        if found != slot.shape {
            return Err(format!("`{name}` is {found:?}, the scenario says {:?}", slot.shape));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(format!("`{name}` holds NaN or infinity"));
        }
        theta[slot.range].copy_from_slice(&values);
    }
    Ok(theta)
}

/// The file's names of a network's tensors. The layers of a multilayer perceptron may be numbered in any way that
/// keeps their order; layers over images have the scenario's own numbers.
fn names(file: &SafeTensors, player: &str, network: &Network) -> Result<Vec<String>, String> {
    let Some(mlp) = network.mlp() else {
        return Ok(network.slots().into_iter().map(|slot| format!("{player}.{}", slot.name)).collect());
    };
    let number = |name: &str| {
        name.strip_prefix(player)?.strip_prefix('.')?.strip_suffix(".weight")?.parse::<usize>().ok()
    };
    let mut numbers: Vec<usize> = file.names().iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    let layers = mlp.layers().len();
    if numbers.len() != layers {
        return Err(format!(
            "it has {} layers `{player}.NUMBER.weight`, the scenario's {player} has {layers}",
            numbers.len(),
        ));
    }
    let parts = |k: usize| ["weight", "bias"].map(|part| format!("{player}.{k}.{part}"));
    Ok(numbers.into_iter().flat_map(parts).collect())
}
