//! What is measured and kept at a recorded step. Looking never changes the motion: everything here reads, and draws
//! from streams of its own.

use super::checkpoint::Carried;
use super::closer_look::closer_look;
use super::image_look::{ImageInfo, ImageLook};
use super::image_measures::ImageMeasures;
use super::motion::{MOTION, motion};
use super::record::{Frame, Landscape, Warp};
use super::watch::{RECORD_DRAW, Watch};
use crate::data::Points;
use crate::game::{Draw, Game, Gan, GanError, Joint, Source, Terms};
use crate::metric::{Evaluator, Reference};
use crate::random::{Address, Stream};
use crate::scalar::{Scalar, norm};
use crate::scenario::{Objective, ObjectiveKind, Record};
use std::sync::OnceLock;

/// Grid points along each side of a landscape, of its arrows, and of the warped latent grid.
const LANDSCAPE_SIDE: usize = 49;
const PUSH_SIDE: usize = 13;
const WARP_SIDE: usize = 25;

/// Clouds of other real samples, of which each step has one: enough to see how the best value scatters.
const OTHERS: u64 = 8;

/// Columns behind those of the motion: how often the discriminator is right.
const ACCURACY: [&str; 2] = ["accuracy_real", "accuracy_fake"];

/// Measures a game along its training.
pub struct Recorder<T> {
    evaluator: Evaluator,
    /// Real samples, drawn once for all records of a run.
    truth: OnceLock<Reference>,
    /// What other real samples attain: as clouds, and as images.
    best: [OnceLock<[Vec<f64>; 2]>; OTHERS as usize],
    images: Option<ImageMeasures>,
    record: Record,
    seed: u64,
    start: Joint<T>,
    window: Option<[f64; 4]>,
    threshold: f64,
    average: bool,
}

impl<T: Scalar> Recorder<T> {
    /// A recorder of the game that starts at `start`.
    pub fn new(
        gan: &Gan<T>,
        record: &Record,
        objective: &Objective,
        start: &Joint<T>,
        average: bool,
    ) -> Self {
        let reference = cloud(gan, Address::new(gan.seed, Stream::Picture, 1), record.samples);
        let (modes, window) = match &gan.source {
            Source::Data(data) => (data.modes().map(<[_]>::to_vec), data.window()),
            _ => (None, reference.window()),
        };
        let images = gan.images().filter(|_| record.classifier);
        // Least squares labels real samples 1 and fake ones 0; all other losses part them at a logit of 0.
        let half = matches!(objective, Objective::Named(ObjectiveKind::LeastSquares));
        Recorder {
            evaluator: Evaluator::new(modes, record.criteria.clone(), &reference),
            truth: OnceLock::new(),
            best: Default::default(),
            images: images.and_then(|images| ImageMeasures::new(images, gan.kernels, record.samples)),
            record: record.clone(),
            seed: gan.seed,
            start: start.clone(),
            window,
            threshold: if half { 0.5 } else { 0.0 },
            average,
        }
    }

    /// Share of real and of fake samples that the discriminator judges rightly; for a relativistic loss the share of
    /// pairs in which the real one has the larger logit, twice.
    fn accuracy(&self, gan: &Gan<T>, [real, fake]: &[Vec<T>; 2]) -> [f64; 2] {
        let n = real.len() as f64;
        if let Terms::Paired(_) = gan.losses.d {
            let right = real.iter().zip(fake).filter(|(r, f)| r > f).count() as f64 / n;
            return [right, right];
        }
        let share = |logits: &[T], right: fn(f64, f64) -> bool| {
            logits.iter().filter(|l| right(l.f64(), self.threshold)).count() as f64 / n
        };
        [share(real, |l, t| l > t), share(fake, |l, t| l < t)]
    }

    /// The image of a square grid in the plane of the first two latent coordinates, or, above two dimensions, of two
    /// fixed orthogonal directions, scaled so that the corners are about as long as a latent vector usually is.
    fn warp(&self, gan: &Gan<T>, now: &Carried<T>) -> Warp {
        let latent = gan.generator.inputs();
        let (axes, reach) = self.latent_plane(gan, latent);
        let mut z = Vec::with_capacity(WARP_SIDE * WARP_SIDE * latent);
        for i in 0..WARP_SIDE * WARP_SIDE {
            let along = |k: usize| reach * (2.0 * k as f64 / (WARP_SIDE - 1) as f64 - 1.0);
            let (a, b) = (along(i % WARP_SIDE), along(i / WARP_SIDE));
            z.extend((0..latent).map(|j| T::of(a * axes[0][j] + b * axes[1][j])));
        }
        Warp { side: WARP_SIDE, points: points(gan, &gan.generate(&now.at.g, &z)), reach }
    }

    fn latent_plane(&self, gan: &Gan<T>, latent: usize) -> ([Vec<f64>; 2], f64) {
        let unit = |k: usize| (0..latent).map(|j| f64::from(u8::from(j == k))).collect::<Vec<f64>>();
        let uniform = gan.prior == crate::scenario::Latent::Uniform;
        if latent <= 2 || uniform {
            return ([unit(0), unit(1)], if uniform { 1.0 } else { 2.0 });
        }
        let mut draws = vec![0.0; 2 * latent];
        crate::random::fill_normal(Address::new(self.seed, Stream::Picture, 2), &mut draws);
        let (a, b) = draws.split_at(latent);
        let a: Vec<f64> = scaled(a, 1.0 / norm(a));
        let along: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        let b: Vec<f64> = b.iter().zip(&a).map(|(b, a)| b - along * a).collect();
        let b = scaled(&b, 1.0 / norm(&b));
        let sphere = gan.prior == crate::scenario::Latent::Sphere;
        let typical = if sphere { 1.0 } else { (latent as f64).sqrt() };
        ([a, b], typical / 2.0f64.sqrt())
    }
}

impl<T: Scalar> Watch<T, Gan<T>> for Recorder<T> {
    fn begin(&mut self, gan: &Gan<T>) -> Result<Vec<String>, String> {
        let Some(images) = &mut self.images else { return Ok(Vec::new()) };
        images.begin(&truth(gan, self.record.samples)).map_err(|e| e.to_string())
    }

    fn takes_long(&self) -> bool {
        true
    }

    fn settings(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut settings = self.evaluator.settings();
        settings.extend(self.images.iter().flat_map(ImageMeasures::settings));
        settings
    }

    fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> = vec!["step".into()];
        names.extend(MOTION.iter().chain(&ACCURACY).map(|name| name.to_string()));
        names.extend(self.evaluator.columns());
        names.extend(self.images.iter().flat_map(ImageMeasures::columns));
        if self.average {
            names.extend(self.evaluator.cloud_columns().into_iter().map(|name| format!("average_{name}")));
        }
        names
    }

    fn row(&self, gan: &Gan<T>, now: &Carried<T>) -> Result<Vec<f64>, GanError> {
        let step = now.step;
        let address = |stream| Address::new(self.seed, stream, step);
        let mut row = vec![step as f64];
        let batch = gan.draw(Draw { step, draw: RECORD_DRAW });
        let (measures, look) = motion(gan, now, &self.start, &batch)?;
        row.extend(measures);
        row.extend(self.accuracy(gan, &look.logits));
        let reference = self.truth.get_or_init(|| {
            let address = Address::new(self.seed, Stream::Projections, 0);
            self.evaluator.reference(&truth(gan, self.record.samples), address)
        });
        let generated = |theta_g: &[T]| {
            points(gan, &gan.sample(theta_g, address(Stream::EvalLatent), self.record.samples))
        };
        let fake = generated(&now.at.g);
        let which = address(Stream::EvalData).key() % OTHERS;
        let own = Address::new(self.seed, Stream::EvalData, which).with_draw(1);
        let [best, best_images] = self.best[which as usize].get_or_init(|| {
            let other = cloud(gan, own, self.record.samples);
            let images = self.images.iter().flat_map(|images| images.best(&other)).collect();
            [self.evaluator.best(&other, reference), images]
        });
        row.extend(self.evaluator.measure(&fake, reference));
        row.extend(best);
        let images = self.images.iter();
        row.extend(images.flat_map(|images| images.measure(&fake, address(Stream::Bootstrap))));
        row.extend(best_images);
        if let Some(average) = now.average.as_ref().filter(|_| self.average) {
            row.extend(self.evaluator.measure(&generated(&average.g), reference));
        }
        Ok(row)
    }

    fn frame(&self, gan: &Gan<T>, now: &Carried<T>) -> Option<Frame> {
        // Images are followed from step to step, so their latent vectors are the same in all frames.
        let step = if gan.images().is_some() { 0 } else { now.step };
        let address = Address::new(self.seed, Stream::EvalLatent, step);
        // Classes take turns, so that a grid of images has them in columns.
        let z = gan.of_classes(gan.noise(address, self.record.keep.max(1)), |row| row);
        Some(Frame {
            step: now.step,
            samples: points(gan, &gan.generate(&now.at.g, &z)),
            landscape: self
                .window
                .filter(|_| !gan.labelled())
                .map(|window| landscape(gan, &now.at.d, window)),
            warp: (gan.data_dim() == 2 && !gan.labelled()).then(|| self.warp(gan, now)),
        })
    }

    fn backdrop(&self, gan: &Gan<T>) -> Option<Points> {
        Some(cloud(gan, Address::new(self.seed, Stream::Picture, 0), 2000))
    }

    fn image_look(&self, gan: &Gan<T>, now: &Carried<T>) -> Option<ImageLook> {
        let modes = |generated: &Points| self.images.as_ref()?.modes(generated);
        Some(closer_look(gan, gan.images()?, &now.at.g, now.step, self.record.samples, modes))
    }

    fn images(&self, gan: &Gan<T>) -> Option<ImageInfo> {
        gan.images().map(ImageInfo::of)
    }
}

fn landscape<T: Scalar>(gan: &Gan<T>, theta_d: &[T], window: [f64; 4]) -> Landscape {
    let [x0, x1, y0, y1] = window;
    let grid = |side: usize, share: &dyn Fn(usize) -> f64| -> Vec<T> {
        let spot = |i: usize| [x0 + (x1 - x0) * share(i % side), y0 + (y1 - y0) * share(i / side)];
        (0..side * side).flat_map(spot).map(T::of).collect()
    };
    let corners = grid(LANDSCAPE_SIDE, &|k| k as f64 / (LANDSCAPE_SIDE - 1) as f64);
    let centers = grid(PUSH_SIDE, &|k| (k as f64 + 0.5) / PUSH_SIDE as f64);
    let packs: Vec<T> = corners.chunks_exact(2).flat_map(|p| p.repeat(gan.pack)).collect();
    let push = gan.push(theta_d, &centers);
    Landscape {
        window,
        side: LANDSCAPE_SIDE,
        logits: gan.judge(theta_d, &packs).iter().map(|l| l.f64() as f32).collect(),
        push_side: PUSH_SIDE,
        push: push.chunks_exact(2).map(|p| [p[0].f64() as f32, p[1].f64() as f32]).collect(),
    }
}

/// The real samples that all records of a run are held against.
fn truth<T: Scalar>(gan: &Gan<T>, n: usize) -> Points {
    cloud(gan, Address::new(gan.seed, Stream::EvalData, 0), n)
}

/// Real samples from an address; a paired teacher gets latent vectors of its own.
fn cloud<T: Scalar>(gan: &Gan<T>, address: Address, n: usize) -> Points {
    let paired = matches!(gan.source, Source::Teacher { paired: true, .. });
    let own = Address { stream: Stream::EvalLatent, ..address }.with_draw(2 + address.draw);
    let z = if paired { gan.latent(own, n) } else { Vec::new() };
    points(gan, &gan.real(address, n, &z))
}

fn points<T: Scalar>(gan: &Gan<T>, values: &[T]) -> Points {
    Points::new(gan.data_dim(), values.iter().map(|v| v.f64()).collect())
}

fn scaled(x: &[f64], by: f64) -> Vec<f64> {
    x.iter().map(|x| by * x).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::build::gan_stage;
    use crate::run::options::RunOptions;
    use crate::run::watch::Stage;
    use crate::scenario::parse;

    const RING: &str = r#"
name = "ring"
data = { kind = "ring" }
[game]
kind = "gan"
objective = "minimax"
generator = { latent = 2, hidden = [4] }
discriminator = { hidden = [4] }
[dynamics]
optimizer = { kind = "sgd", lr = 0.1 }
[train]
steps = 10
batch = 8
[record]
samples = 60
"#;

    fn rows(steps: impl Iterator<Item = u64>) -> Vec<Vec<f64>> {
        let loaded = parse(RING, crate::scenario::Source::Text, &[]).unwrap();
        let Stage { game, start, watch, .. } = gan_stage::<f64>(&loaded, &RunOptions::new("")).unwrap();
        let row = |step| {
            let (at, state) = (start.clone(), Default::default());
            watch.row(&game, &Carried { step, at, state, average: None, before: Vec::new() }).unwrap()
        };
        steps.map(row).collect()
    }

    #[test]
    fn samples_drawn_piece_by_piece_are_those_of_the_whole() {
        for (latent, samples) in [(256, 300), (256, 128), (64, 700), (48, 1200), (3, 500)] {
            let text = RING.replace("latent = 2", &format!("latent = {latent}"));
            let loaded = parse(&text, crate::scenario::Source::Text, &[]).unwrap();
            let Stage { game, start, .. } = gan_stage::<f32>(&loaded, &RunOptions::new("")).unwrap();
            let address = Address::new(3, Stream::EvalLatent, 7);
            let whole = game.generate(&start.g, &game.latent(address, samples));
            assert_eq!(game.sample(&start.g, address, samples), whole, "{latent} {samples}");
        }
    }

    #[test]
    fn a_row_depends_on_no_other_and_its_best_values_are_those_of_one_of_eight_clouds() {
        let all = rows(0..40);
        let bits = |row: &Vec<f64>| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&all[31]), bits(&rows(31..32)[0]));
        let width = all[0].len();
        let distinct = |column: usize| {
            all.iter().map(|row| row[column].to_bits()).collect::<std::collections::HashSet<_>>().len()
        };
        // The last column is the energy distance of real samples; the steps' first is that of the step.
        assert_eq!((distinct(0), distinct(width - 1)), (40, OTHERS as usize));
    }
}
