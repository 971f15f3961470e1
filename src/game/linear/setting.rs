//! What the passes over a batch have in common: the point, the networks, the chunks of rows.

use super::super::batch::GanBatch;
use super::super::gan::Gan;
use super::super::joint::{Joint, Player};
use crate::nn::Mlp;
use crate::nn::fused::jet::{Dual, Moves, Moving, Net, Outer, Part, Shape};
use crate::scalar::Scalar;

/// A game at a point and a batch.
pub struct Setting<'a, T> {
    pub gan: &'a Gan<T>,
    pub at: &'a Joint<T>,
    pub batch: &'a GanBatch<T>,
    shapes: [Shape; 2],
    /// 1 / (number of logits of the batch).
    pub share: f64,
}

/// The rows of a batch that a chunk sees.
#[derive(Clone, Copy)]
pub struct Rows<'a, T> {
    pub x: &'a [T],
    pub z: &'a [T],
    pub mix: &'a [T],
}

impl<'a, T: Scalar> Setting<'a, T> {
    pub fn new(gan: &'a Gan<T>, mlps: [&Mlp; 2], at: &'a Joint<T>, batch: &'a GanBatch<T>) -> Self {
        let shapes = mlps.map(|mlp| Shape::new(mlp, gan.kernels));
        Setting { gan, at, batch, shapes, share: 1.0 / gan.logits_of(batch) as f64 }
    }

    /// The networks.
    pub fn mlps(&self) -> [&Mlp; 2] {
        self.shapes.each_ref().map(|shape| &shape.mlp)
    }

    /// A player's shape.
    pub fn shape(&self, player: Player) -> &Shape {
        &self.shapes[player as usize]
    }

    /// Both networks, one of them moving along an inner direction or neither.
    pub fn nets<'b>(&'b self, inner: Option<(Player, &'b [T])>) -> [Net<'b, T>; 2] {
        Player::BOTH.map(|player| Net {
            shape: self.shape(player),
            theta: &self.at[player],
            inner: inner.filter(|(who, _)| *who == player).map(|(_, inner)| inner),
        })
    }

    /// The chunks of the batch, whole packs each.
    pub fn chunks(&self) -> Vec<Rows<'a, T>> {
        let (gan, batch) = (self.gan, self.batch);
        let rows = gan.chunk_rows(batch);
        let xs = batch.x.chunks(rows * gan.data_dim());
        let zs = batch.z.chunks(rows * gan.generator.inputs());
        xs.zip(zs).zip(batch.mix.chunks(rows)).map(|((x, z), mix)| Rows { x, z, mix }).collect()
    }

    /// Generated samples moving in some directions, `[rows, directions, dim]`, as the discriminator's input,
    /// `[packs, directions, pack * dim]`.
    pub fn pack(&self, from: &Dual<T>, directions: usize, to: &mut Dual<T>) {
        let (pack, dim) = (self.gan.pack, self.gan.data_dim());
        permute([&from.value, &from.inner], [&mut to.value, &mut to.inner], [pack, directions], dim);
    }

    /// The inverse of `pack`.
    pub fn unpack(&self, from: &Dual<T>, directions: usize, to: &mut Dual<T>) {
        let (pack, dim) = (self.gan.pack, self.gan.data_dim());
        permute([&from.value, &from.inner], [&mut to.value, &mut to.inner], [directions, pack], dim);
    }
}

/// `[.., a, b, width]` to `[.., b, a, width]`.
fn permute<T: Scalar>(from: [&Part<T>; 2], to: [&mut Part<T>; 2], [a, b]: [usize; 2], width: usize) {
    for (from, to) in from.into_iter().zip(to) {
        let Some(from) = from.get() else {
            to.clear();
            continue;
        };
        let to = to.overwrite(from.len());
        if a == 1 || b == 1 {
            to.copy_from_slice(from);
            continue;
        }
        let blocks = to.chunks_exact_mut(a * b * width).zip(from.chunks_exact(a * b * width));
        for (to, from) in blocks {
            for (i, from) in from.chunks_exact(width).enumerate() {
                to[(i % b * a + i / b) * width..][..width].copy_from_slice(from);
            }
        }
    }
}

/// Outer directions of the whole game: some for each player, the same number.
#[derive(Clone)]
pub struct Directions<'a, T> {
    pub count: usize,
    pub outer: [Outer<'a, T>; 2],
}

impl<'a, T: Scalar> Directions<'a, T> {
    /// A single vector; a part of zeros does not move.
    pub fn single(w: &'a Joint<T>) -> Self {
        Directions::dense(1, [&w.d, &w.g])
    }

    /// Several vectors, one behind the other in each player's part.
    pub fn dense(count: usize, parts: [&'a [T]; 2]) -> Self {
        let outer = parts
            .map(|part| if part.iter().all(|w| *w == T::ZERO) { Outer::None } else { Outer::Dense(part) });
        Directions { count, outer }
    }

    /// The same with the opponent at rest.
    pub fn only(&self, player: Player) -> Self {
        let mut out = self.clone();
        out.outer[player.other() as usize] = Outer::None;
        out
    }

    /// Whether nothing moves.
    pub fn is_none(&self) -> bool {
        self.outer.iter().all(|outer| matches!(outer, Outer::None))
    }

    /// Both players' moves; `both` are one player's along the inner direction too.
    pub fn moves<'b>(&'b self, both: Option<(Player, &'b [T])>) -> [Moves<'b, T>; 2] {
        Player::BOTH.map(|player| Moves {
            directions: self.count,
            outer: self.outer[player as usize].clone(),
            both: match both {
                Some((who, both)) if who == player => Outer::Dense(both),
                _ => Outer::None,
            },
        })
    }
}

/// Buffers of the moving passes over one chunk.
#[derive(Default)]
pub struct Workspace<T> {
    pub generator: Moving<T>,
    pub fake: Moving<T>,
    pub real: Moving<T>,
    pub probe: Moving<T>,
    /// Samples, packed or not, and their cotangents.
    pub x: Dual<T>,
    pub x_bar: Dual<T>,
    /// Arguments of the loss's curves, and cotangents of logits.
    pub logits: Dual<T>,
    pub bar: Dual<T>,
}
