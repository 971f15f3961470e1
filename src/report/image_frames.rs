//! The recorded images as grids, small enough to be part of a page, and the part of the page that moves through them.
//!
//! `image_player.js` shows them: each frame is a PNG, of the same latent vectors at every step.

use super::frames::note;
use super::html::embedded;
use super::measures::thinned;
use super::number::count;
use crate::data::Points;
use crate::plot::image_grid;
use crate::run::folder::RunData;
use crate::run::image_look::ImageInfo;
use crate::run::record::Frame;
use crate::scenario::Extent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

/// Images along a side of a grid, at most.
const SIDE: usize = 5;
/// Numbers of all grids that a page holds, and most frames.
const MOST_VALUES: usize = 1_200_000;
const MOST_FRAMES: usize = 60;

/// The player of a run of images; None where there is no frame of them.
pub fn player(run: &RunData, info: &ImageInfo) -> Option<Markup> {
    let shape = info.shape;
    let fits = |frame: &&Frame| frame.samples.dim == shape.numbers() && !frame.samples.is_empty();
    let all: Vec<&Frame> = run.frames.iter().filter(fits).collect();
    let fewest = all.iter().map(|frame| frame.samples.len()).min()?;
    let side = fewest.isqrt().clamp(1, SIDE);
    let most = (MOST_VALUES / (side * side * shape.numbers())).clamp(2, MOST_FRAMES);
    let kept = thinned(all.len(), most);
    let frames: Option<Vec<Value>> = kept
        .iter()
        .map(|&k| {
            let image = source(shape, &all[k].samples, side)?;
            Some(json!({ "step": all[k].step, "note": note(all[k], &run.table), "image": image }))
        })
        .collect();
    let data = json!({ "frames": frames? });
    let there = run.real.dim == shape.numbers() && !run.real.is_empty();
    let real = if there { source(shape, &run.real, side) } else { None };
    Some(markup(&data, real.as_deref(), side * side, kept.len()))
}

fn markup(data: &Value, real: Option<&str>, images: usize, frames: usize) -> Markup {
    let script = PreEscaped(concat!(include_str!("steps.js"), include_str!("image_player.js")));
    let first = data["frames"][0]["image"].as_str();
    html! {
        noscript {
            p {
                "Moving through the steps needs JavaScript, which is off. "
                a href="#picture-images" { "The picture of the images at chosen steps" } " shows the same without it."
            }
        }
        div class="player" id="stage" hidden {
            div class="card pair" {
                figure {
                    img id="made" src=[first] alt="Generated images at the chosen step";
                    figcaption { "generated" }
                }
                @if let Some(real) = real {
                    figure {
                        img src=(real) alt="As many real images";
                        figcaption { "real" }
                    }
                }
            }
            div class="controls" {
                button type="button" id="play" { "Play" }
                label for="step" { "Recorded step" }
                input type="range" id="step" min="0" max=(frames.saturating_sub(1)) step="1" value="0";
                output id="note" for="step" {}
                p class="hint" {
                    "The images of the same " (count(images as u64, "latent vector")) " at every step. "
                    (count(frames as u64, "recorded step")) "; the arrow keys move from one to the next."
                }
            }
        }
        (embedded("frames", data))
        script { (script) }
    }
}

/// A grid as the source of an image element.
fn source(shape: Extent, images: &Points, side: usize) -> Option<String> {
    let png = image_grid(shape, images, (side, side)).ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Fate, ring};
    use super::*;

    fn run(images: usize, frames: u64) -> RunData {
        let shape = Extent { channels: 3, height: 28, width: 28 };
        let noise = |k: usize| ((k * 7919) % 509) as f64 / 254.0 - 1.0;
        let of = |step: u64| {
            Points::new(
                shape.numbers(),
                (0..images * shape.numbers()).map(|k| noise(k + step as usize)).collect(),
            )
        };
        let frame = |step| Frame { step, samples: of(step), landscape: None, warp: None };
        RunData {
            images: Some(ImageInfo { shape, classes: Vec::new(), singles: Vec::new() }),
            frames: (0..frames).map(frame).collect(),
            real: of(0),
            ..ring(Fate::NoModes)
        }
    }

    #[test]
    fn the_player_shows_grids_and_stays_small() {
        let run = run(30, 100);
        let page = super::super::run_page(&run, None, &[]);
        assert!(page.contains("id=\"made\"") && !page.contains("id=\"canvas\""));
        assert!(page.len() < 2_500_000, "{}", page.len());
        let frames = page.matches("\"image\":\"data:image/png").count();
        assert_eq!(frames, 1_200_000 / (25 * 3 * 28 * 28));
        assert!(page.contains("the same 25 latent vectors"));
    }

    #[test]
    fn without_frames_of_images_there_is_no_player() {
        let mut run = run(1, 3);
        assert!(player(&run, run.images.as_ref().unwrap()).is_some());
        run.frames.iter_mut().for_each(|frame| frame.samples = Points::new(2, vec![0.0; 4]));
        assert!(player(&run, run.images.as_ref().unwrap()).is_none());
    }
}
