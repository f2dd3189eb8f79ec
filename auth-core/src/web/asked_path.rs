//! The path whose parameters a rule reads: the request's own, or one that the client asks about.
//!
//! `/can` decides for requests that are not made. A policy's parameters, and the scope of a role,
//! come from their paths then, by the place where the route has them.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rocket::Route;
use rocket::http::uri::fmt::Path;
use rocket::http::uri::{Origin, Segments};
use rocket::request::Request;

/// The requests that the client asks about, kept as long as the request that asks.
#[derive(Default)]
struct AskedPaths {
    all: OnceLock<Vec<Origin<'static>>>,
    current: Mutex<Option<Current>>,
}

/// The path that is decided for now, and how many of its segments are the route's base.
#[derive(Clone, Copy)]
struct Current {
    path: usize,
    base: usize,
}

fn asked_paths<'r>(request: &'r Request<'_>) -> &'r AskedPaths {
    request.local_cache(AskedPaths::default)
}

/// Keeps what the client asks about. A request asks once.
pub(super) fn ask<'r>(request: &'r Request<'_>, paths: Vec<Origin<'static>>) -> &'r [Origin<'static>] {
    asked_paths(request).all.get_or_init(|| paths)
}

/// Whether the request is one to `/can`, whose questions are known.
pub(super) fn asks(request: &Request<'_>) -> bool {
    asked_paths(request).all.get().is_some()
}

/// From now on rules read the path at the place `path` as if it had come to `route`.
pub(super) fn read_as(request: &Request<'_>, path: usize, route: &Route) {
    let base = route
        .uri
        .base()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .count();
    *current(request) = Some(Current { path, base });
}

fn current<'r>(request: &'r Request<'_>) -> MutexGuard<'r, Option<Current>> {
    asked_paths(request)
        .current
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// The segments of the path from `index` on, counted from the route's base as Rocket does.
pub(super) fn route_segments<'r>(request: &'r Request<'_>, index: usize) -> Segments<'r, Path> {
    let asked = asked_paths(request);
    let current = *current(request);
    let path = current.and_then(|current| Some((asked.all.get()?.get(current.path)?, current.base)));
    match path {
        Some((uri, base)) => uri.path().segments().skip(base + index),
        None => request.routed_segments(index..),
    }
}
