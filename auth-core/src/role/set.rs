use super::Role;

/// A set of roles: one bit per variant of the application's role enum.
///
/// A token lists the roles a user *holds*; rules are decided on the *closure*: the held roles
/// and everything they include.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RoleSet(u64);

impl RoleSet {
    /// The empty set.
    pub const EMPTY: RoleSet = RoleSet(0);

    /// A set from its bits: bit `n` is the variant at index `n` of the enum.
    pub const fn from_bits(bits: u64) -> RoleSet {
        RoleSet(bits)
    }

    /// The bits of this set.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether no role is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set with the role of `bit` added. Bits of 64 and above do not exist and change nothing.
    pub const fn with_bit(self, bit: u32) -> RoleSet {
        match 1u64.checked_shl(bit) {
            Some(mask) => RoleSet(self.0 | mask),
            None => self,
        }
    }

    /// Whether the role of `bit` is in the set.
    pub const fn contains_bit(self, bit: u32) -> bool {
        match 1u64.checked_shl(bit) {
            Some(mask) => self.0 & mask != 0,
            None => false,
        }
    }

    /// Whether `role` is in the set.
    pub fn contains<R: Role>(self, role: R) -> bool {
        self.contains_bit(role.bit())
    }

    /// Everything in either set.
    pub const fn union(self, other: RoleSet) -> RoleSet {
        RoleSet(self.0 | other.0)
    }

    /// Everything in this set that is not in the other.
    pub const fn without(self, other: RoleSet) -> RoleSet {
        RoleSet(self.0 & !other.0)
    }

    /// These roles and all they include, by the table of [`Role::INCLUDES`].
    pub fn closure(self, includes: &[RoleSet]) -> RoleSet {
        self.bits_set()
            .filter_map(|bit| includes.get(bit as usize))
            .fold(self, |all, included| all.union(*included))
    }

    /// The bits in the set, ascending.
    pub fn bits_set(self) -> impl Iterator<Item = u32> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let bit = rest.trailing_zeros();
            rest &= rest.checked_sub(1)?;
            Some(bit)
        })
    }
}

impl<R: Role> From<R> for RoleSet {
    fn from(role: R) -> RoleSet {
        RoleSet::EMPTY.with_bit(role.bit())
    }
}

impl<R: Role> FromIterator<R> for RoleSet {
    fn from_iter<I: IntoIterator<Item = R>>(roles: I) -> RoleSet {
        roles
            .into_iter()
            .fold(RoleSet::EMPTY, |set, role| set.with_bit(role.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Two {
        A,
        B,
    }

    impl Role for Two {
        const ALL: &'static [Two] = &[Two::A, Two::B];
        const NAMES: &'static [&'static str] = &["a", "b"];
        const INCLUDES: &'static [RoleSet] = &[RoleSet::from_bits(0b01), RoleSet::from_bits(0b10)];
        const DISCRIMINANTS: &'static [i128] = &[0, 1];

        fn bit(self) -> u32 {
            self as u32
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in_once_or_twice() {
        assert!(RoleSet::EMPTY.is_empty() && !RoleSet::EMPTY.contains(Two::A));
        let only = RoleSet::from(Two::B);
        assert!(!only.is_empty() && only.contains(Two::B) && !only.contains(Two::A));
        assert_eq!([Two::B, Two::B].into_iter().collect::<RoleSet>(), only);
        assert_eq!([Two::A, Two::B].into_iter().collect::<RoleSet>().bits(), 0b11);
        assert_eq!(RoleSet::from_bits(0b11).without(Two::A.into()), only);
        assert_eq!(only.without(Two::A.into()), only);
        assert_eq!(RoleSet::EMPTY.with_bit(5).with_bit(5).with_bit(0).bits(), 0b100_001);
    }

    #[test]
    fn bits_above_63_are_never_members() {
        assert_eq!(RoleSet::EMPTY.with_bit(64), RoleSet::EMPTY);
        assert!(!RoleSet::from_bits(u64::MAX).contains_bit(64));
    }

    #[test]
    fn the_closure_adds_what_each_held_role_includes() {
        let includes = [
            RoleSet::from_bits(0b011),
            RoleSet::from_bits(0b010),
            RoleSet::from_bits(0b100),
        ];
        assert_eq!(RoleSet::from_bits(0b001).closure(&includes).bits(), 0b011);
        assert_eq!(RoleSet::from_bits(0b110).closure(&includes).bits(), 0b110);
        assert_eq!(RoleSet::EMPTY.closure(&includes), RoleSet::EMPTY);
    }

    #[test]
    fn the_bits_of_a_set_come_in_order() {
        let bits: Vec<u32> = RoleSet::from_bits(1 | 1 << 5 | 1 << 63).bits_set().collect();
        assert_eq!(bits, [0, 5, 63]);
    }
}
