//! Maps: what becomes of the starts of a game over a grid, and of its motion over two values of its scenario.

mod basin;
mod boundary;
mod raster;
mod region;

pub use basin::{arrival_map, distance_map};
pub use region::region_map;

use super::canvas::Rect;
use super::panel::{ROOM_BELOW, ROOM_LEFT};

const TOP: f64 = 66.0;
const SIDE: f64 = 620.0;

/// Where a map lies on the sheet.
const FRAME: Rect = Rect { x: ROOM_LEFT + 12.0, y: TOP, w: SIDE, h: SIDE };
/// Where its colour bar lies.
const BAR: Rect = Rect { x: FRAME.x + SIDE + 22.0, y: TOP, w: 18.0, h: SIDE };
/// Height of the drawing, without its caption.
const HEIGHT: f64 = TOP + SIDE + ROOM_BELOW + 14.0;
/// Distance of the colour bar's label from the bar.
const LABEL_AT: f64 = 66.0;
