//! The `roles` claim: names into a set.

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::TokenError;
use crate::role::{RoleSet, RoleTable};

/// The set that the names in a claim are of. Names that the application does not have give nothing.
pub(super) fn set(claim: &RawValue, roles: &RoleTable) -> Result<RoleSet, TokenError> {
    let mut deserializer = serde_json::Deserializer::from_str(claim.get());
    RoleNames(roles)
        .deserialize(&mut deserializer)
        .map_err(|_| TokenError::Invalid)
}

/// Reads an array of role names into a set, without keeping a name.
struct RoleNames<'t>(&'t RoleTable);

impl<'de> DeserializeSeed<'de> for RoleNames<'_> {
    type Value = RoleSet;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RoleSet, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RoleNames<'_> {
    type Value = RoleSet;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of role names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<RoleSet, A::Error> {
        let mut set = RoleSet::EMPTY;
        while let Some(name) = names.next_element::<std::borrow::Cow<'de, str>>()? {
            set = self.0.bit(&name).map_or(set, |bit| set.with_bit(bit));
        }
        Ok(set)
    }
}
