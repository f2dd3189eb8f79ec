//! Doors for the fuzz targets: what reads raw input, as it is. Behind the feature `fuzzing`, and no part of the public
//! interface.

pub use crate::web::fuzzing::*;
