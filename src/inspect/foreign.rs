//! Networks that were trained elsewhere: a PyTorch state dictionary in safetensors, and a scenario that says what the
//! tensors are.
//!
//! The file holds `generator.K.weight`, `generator.K.bias`, and the same of `discriminator`, as
//! `nn.ModuleDict({"generator": Sequential, "discriminator": Sequential}).state_dict()` names them. K may be any
//! numbers: layers are taken in their order, whatever stands between them.

use crate::game::{Gan, Joint, Player};
use crate::nn::Mlp;
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

fn parameters(file: &SafeTensors, player: &str, mlp: &Mlp) -> Result<Vec<f64>, String> {
    let mut numbers: Vec<u64> = file
        .names()
        .iter()
        .filter_map(|name| {
            name.strip_prefix(player)?.strip_prefix('.')?.strip_suffix(".weight")?.parse().ok()
        })
        .collect();
    numbers.sort_unstable();
    let layers = mlp.layers();
    if numbers.len() != layers.len() {
        return Err(format!(
            "it has {} layers `{player}.NUMBER.weight`, the scenario's {player} has {}",
            numbers.len(),
            layers.len()
        ));
    }
    let mut theta = vec![0.0; mlp.parameters()];
    for (number, layer) in numbers.iter().zip(layers) {
        for (part, shape, range) in [
            ("weight", vec![layer.outputs, layer.inputs], layer.weight),
            ("bias", vec![layer.outputs], layer.bias),
        ] {
            let name = format!("{player}.{number}.{part}");
            let (found, values) =
                tensor_f64(file, &name).ok_or_else(|| format!("no f32 or f64 tensor `{name}`"))?;
            if found != shape {
                return Err(format!("`{name}` is {found:?}, the scenario says {shape:?}"));
            }
            if values.iter().any(|v| !v.is_finite()) {
                return Err(format!("`{name}` holds NaN or infinity"));
            }
            theta[range].copy_from_slice(&values);
        }
    }
    Ok(theta)
}
