//! Products of the Jacobian: with one vector, with many, with unit vectors.

use super::super::Linearized;
use super::super::difference;
use super::super::gan::GanError;
use super::super::joint::{Joint, Player};
use super::setting::{Directions, Setting};
use super::{Fused, OWN, Stacked, add_stacked, both_of};
use crate::nn::fused::jet::Outer;
use crate::scalar::Scalar;
use std::convert::Infallible;
use std::ops::Range;

impl<T: Scalar> Fused<'_, T> {
    /// J w of the field without consensus.
    fn additive_times(&self, directions: &Directions<T>, parallel: bool) -> Stacked<T> {
        let mut out = self.derivative(directions, OWN, parallel);
        out.iter_mut().flatten().for_each(|x| *x = -*x);
        out
    }

    /// J' w of the field without consensus: the gradients by both players of each one's loss along its own part.
    fn additive_transposed(&self, directions: &Directions<T>, parallel: bool) -> Stacked<T> {
        let mut out = self.setting.at.sizes().map(|n| vec![T::ZERO; n * directions.count]);
        for player in Player::BOTH {
            let part = self.derivative(&directions.only(player), both_of(player), parallel);
            add_stacked(-1.0, &part, &mut out);
        }
        out
    }

    /// J' w of the field without consensus, for one vector.
    pub fn pull(&self, w: &Joint<T>) -> Joint<T> {
        joint(self.additive_transposed(&Directions::single(w), true))
    }

    /// Takes consensus's part from a product along the directions, given J w of the field without it.
    fn subtract_consensus(
        &self,
        directions: &Directions<T>,
        jw: &Stacked<T>,
        parallel: bool,
        out: &mut Stacked<T>,
    ) {
        let Some(consensus) = &self.consensus else { return };
        let gamma = consensus.gamma;
        // The derivative of J' v along w is (d_w J)' v + J' (J w).
        let along = Directions::dense(directions.count, [&jw[0], &jw[1]]);
        add_stacked(-gamma, &self.additive_transposed(&along, parallel), out);
        for side in &consensus.sides {
            let part = self.nudged(side, directions, None, [true; 2], parallel);
            add_stacked(gamma, &part, out);
        }
    }

    /// The derivative of J' v along w by central differences of order six.
    fn pulled_field_difference(&self, w: &Joint<T>) -> Joint<T> {
        let Setting { gan, at, batch, .. } = &self.setting;
        let pulled = |moved: &Joint<T>| {
            let there = Fused::new(gan, self.setting.mlps(), moved, batch, false);
            Ok::<_, Infallible>(there.pull(&there.field()))
        };
        let Ok(out) = difference::along(at, w, pulled);
        out
    }

    /// Whether consensus acts on a field that other regularisers shape.
    fn differs(&self) -> Option<f64> {
        self.consensus.as_ref().filter(|c| c.sides.is_empty()).map(|c| c.gamma)
    }

    fn product(&self, w: &Joint<T>, transposed: bool) -> Joint<T> {
        let directions = Directions::single(w);
        let jw = || self.additive_times(&directions, true);
        let mut out = if transposed { self.additive_transposed(&directions, true) } else { jw() };
        if let Some(gamma) = self.differs() {
            let mut out = joint(out);
            out.add_scaled(-gamma, &self.pulled_field_difference(w));
            return out;
        }
        if self.consensus.is_some() {
            let jw = if transposed { jw() } else { out.clone() };
            // J' v = grad ‖v‖^2 / 2, so its derivative is symmetric and needs no transpose.
            self.subtract_consensus(&directions, &jw, true, &mut out);
        }
        joint(out)
    }

    /// Groups of columns that one pass takes together: parameters of one layer.
    fn groups(&self, columns: Range<usize>) -> Vec<(Player, usize, Range<usize>)> {
        let mut out = Vec::new();
        let mut first = 0;
        for player in Player::BOTH {
            for (l, layer) in self.setting.shape(player).layers.iter().enumerate() {
                let start = columns.start.max(first + layer.weight.start);
                let end = columns.end.min(first + layer.bias.end);
                if start < end {
                    out.push((player, l, start - first..end - first));
                }
            }
            first += self.setting.at[player].len();
        }
        out
    }
}

impl<T: Scalar> Linearized<T, GanError> for Fused<'_, T> {
    fn sizes(&self) -> [usize; 2] {
        self.setting.at.sizes()
    }

    fn times(&self, w: &Joint<T>) -> Result<Joint<T>, GanError> {
        Ok(self.product(w, false))
    }

    fn transposed_times(&self, w: &Joint<T>) -> Result<Joint<T>, GanError> {
        Ok(self.product(w, true))
    }

    fn columns(&self, columns: Range<usize>) -> Result<Vec<T>, GanError> {
        let sizes = self.setting.at.sizes();
        let n = sizes[0] + sizes[1];
        let mut out = Vec::with_capacity(columns.len() * n);
        for (player, layer, slots) in self.groups(columns) {
            if self.differs().is_some() {
                for slot in slots {
                    let mut unit = Joint::zeros(sizes);
                    unit[player][slot] = T::ONE;
                    out.extend(self.product(&unit, false).flat());
                }
                continue;
            }
            let mut outer = [Outer::None, Outer::None];
            outer[player as usize] = Outer::Units { layer, slots: slots.clone() };
            let directions = Directions { count: slots.len(), outer };
            let mut jw = self.additive_times(&directions, false);
            if self.consensus.is_some() {
                let bare = jw.clone();
                self.subtract_consensus(&directions, &bare, false, &mut jw);
            }
            for (d, g) in jw[0].chunks_exact(sizes[0]).zip(jw[1].chunks_exact(sizes[1])) {
                out.extend_from_slice(d);
                out.extend_from_slice(g);
            }
        }
        Ok(out)
    }
}

fn joint<T>([d, g]: Stacked<T>) -> Joint<T> {
    Joint { d, g }
}
