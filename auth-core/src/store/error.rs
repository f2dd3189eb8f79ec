//! What Diesel reports, as this crate's errors.
//!
//! None of these texts can contain a stored or bound value: the engines' messages name tables, columns and constraints only
//! (PostgreSQL puts values into the detail, which is not shown), and Diesel puts no bind parameters into its errors.

use crate::account::AccountError;
use crate::store::StoreError;

impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> StoreError {
        StoreError::Database(Box::new(error))
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> AccountError {
        AccountError::Unavailable(Box::new(error))
    }
}
