use std::any::TypeId;
use std::fmt;

use super::{Role, RoleSet};

/// The Rust enum of a rule or a guard; launch compares them so that two never mix.
#[derive(Clone, Copy)]
pub struct RoleEnum {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
}

impl RoleEnum {
    /// The identity of `R`, which ought to be a [`Role`]. This function does not require it:
    /// [`RoleTerm::of`](super::RoleTerm::of) already refuses a rule over an enum without
    /// `#[derive(Role)]`, and once is enough.
    pub const fn of<R: 'static>() -> RoleEnum {
        RoleEnum {
            id: TypeId::of::<R>,
            name: std::any::type_name::<R>,
        }
    }

    /// The enum's path, for messages.
    pub fn name(self) -> &'static str {
        (self.name)()
    }
}

impl PartialEq for RoleEnum {
    fn eq(&self, other: &RoleEnum) -> bool {
        (self.id)() == (other.id)()
    }
}

impl Eq for RoleEnum {}

impl fmt::Debug for RoleEnum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The names, bits and hierarchy of one role enum, without its type.
///
/// This is all that the parts of the library below the guards know of an application's roles.
#[derive(Clone, Copy, Debug)]
pub struct RoleTable {
    role_enum: RoleEnum,
    names: &'static [&'static str],
    includes: &'static [RoleSet],
}

/// A role name that the application's enum does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{name}`; the roles are {known}")]
pub struct UnknownRole {
    /// The name as it was given.
    pub name: String,
    /// The names the enum has, separated by commas.
    pub known: String,
}

impl UnknownRole {
    /// The role of the name that a person typed, as [`Role::from_name`] finds it.
    #[cfg(feature = "cli")]
    pub(crate) fn or_role<R: Role>(typed: &str) -> Result<R, UnknownRole> {
        R::from_name(typed).ok_or_else(|| UnknownRole {
            name: typed.to_owned(),
            known: R::NAMES.join(", "),
        })
    }
}

impl RoleTable {
    /// The table of `R`.
    pub const fn of<R: Role>() -> RoleTable {
        RoleTable {
            role_enum: RoleEnum::of::<R>(),
            names: R::NAMES,
            includes: R::INCLUDES,
        }
    }

    /// The enum this table was made from.
    pub fn role_enum(&self) -> RoleEnum {
        self.role_enum
    }

    /// Every role name, in declaration order.
    pub fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// The bit of the role called `name`, exactly as written in claims.
    pub fn bit(&self, name: &str) -> Option<u32> {
        self.names
            .iter()
            .position(|known| *known == name)
            .map(|index| index as u32)
    }

    /// The set of the roles called `names`. Names that the enum no longer has are left out: a role
    /// that was removed from the application gives no rights.
    pub fn set<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> RoleSet {
        names
            .into_iter()
            .filter_map(|name| self.bit(name))
            .fold(RoleSet::EMPTY, RoleSet::with_bit)
    }

    /// The names of the roles in `set`, in declaration order.
    pub fn names_of(&self, set: RoleSet) -> Vec<&'static str> {
        set.bits_set()
            .filter_map(|bit| self.names.get(bit as usize).copied())
            .collect()
    }

    /// These roles and all they include.
    pub fn closure(&self, held: RoleSet) -> RoleSet {
        held.closure(self.includes)
    }
}
