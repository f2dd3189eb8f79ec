//! What a handler's request guards ask for, beside the decision above the handler.

use std::marker::PhantomData;

use super::access::GuardStruct;
use super::decide::Requirement;
use super::guard::User;
use crate::role::{Decision, Role, RoleEnum};

/// A request guard that turns requests away by who the user is: [`User`], and each guard struct.
pub trait Asks {
    /// What it asks for.
    const ASKS: Requirement;
}

impl<R: Role> Asks for User<R> {
    const ASKS: Requirement = Requirement::plain(Decision::Authenticated, Some(RoleEnum::of::<R>()));
}

impl<R: Role> Asks for &User<R> {
    const ASKS: Requirement = <User<R> as Asks>::ASKS;
}

impl<G: GuardStruct> Asks for G {
    const ASKS: Requirement = Requirement::of::<G>();
}

/// A parameter's type. `Parameter::<T>::ASKS` is this inherent constant where `T` is known to ask, and [`AsksNothing`]'s for
/// every other type: `Option<User<R>>` and guards of the application among them.
pub struct Parameter<T>(PhantomData<T>);

impl<T: Asks> Parameter<T> {
    /// What the parameter asks for.
    pub const ASKS: Option<Requirement> = Some(T::ASKS);
}

/// See [`Parameter`].
pub trait AsksNothing {
    /// Nothing.
    const ASKS: Option<Requirement> = None;
}

impl<T> AsksNothing for Parameter<T> {}
