use super::Role;

/// One role inside a [`Rule`](super::Rule): its bit, and its name for the rule's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleTerm {
    bit: u32,
    name: &'static str,
}

impl RoleTerm {
    /// The term of a variant, whose discriminant is `discriminant`. The compiler evaluates it in
    /// generated code, so a rule never names a role by a string.
    ///
    /// The variant itself is there for its type: without it, any constant of the enum would do.
    #[doc(hidden)]
    pub const fn of<R: Role>(_variant: R, discriminant: i128) -> RoleTerm {
        RoleTerm::find(R::DISCRIMINANTS, R::NAMES, discriminant)
    }

    /// The term of the variant with this discriminant, in the tables of its enum.
    pub(super) const fn find(
        discriminants: &'static [i128],
        names: &'static [&'static str],
        discriminant: i128,
    ) -> RoleTerm {
        let mut bit = 0;
        while bit < discriminants.len() {
            if discriminants[bit] == discriminant {
                return RoleTerm {
                    bit: bit as u32,
                    name: names[bit],
                };
            }
            bit += 1;
        }
        // No variant has this value: a role that no user can hold. `#[derive(Role)]` lists every
        // discriminant, so the code never gets here; if it did, the rule would refuse.
        RoleTerm {
            bit: u32::MAX,
            name: "never",
        }
    }

    /// The role's bit: its index in the enum.
    pub const fn bit(self) -> u32 {
        self.bit
    }

    /// The role's name in claims and in the rule's text.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<R: Role> From<R> for RoleTerm {
    fn from(role: R) -> RoleTerm {
        RoleTerm {
            bit: role.bit(),
            name: role.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::RoleSet;
    use super::*;

    /// Discriminants that are no indices.
    #[derive(Clone, Copy)]
    enum Three {
        A,
        B,
        C,
    }

    impl Role for Three {
        const ALL: &'static [Three] = &[Three::A, Three::B, Three::C];
        const NAMES: &'static [&'static str] = &["a", "b", "c"];
        const INCLUDES: &'static [RoleSet] = &[RoleSet::from_bits(1), RoleSet::from_bits(2), RoleSet::from_bits(4)];
        const DISCRIMINANTS: &'static [i128] = &[7, -1, 40];

        fn bit(self) -> u32 {
            self as u32
        }
    }

    #[test]
    fn a_term_is_found_by_its_discriminant_and_without_one_is_held_by_nobody() {
        for (discriminant, role, bit, name) in [(7, Three::A, 0, "a"), (-1, Three::B, 1, "b"), (40, Three::C, 2, "c")] {
            let term = RoleTerm::of(role, discriminant);
            assert_eq!((term.bit(), term.name()), (bit, name));
            assert_eq!(term, RoleTerm::from(role));
        }
        let none = RoleTerm::of(Three::A, 0);
        assert_eq!(none.name(), "never");
        assert!(!RoleSet::from_bits(u64::MAX).contains_bit(none.bit()));
    }
}
