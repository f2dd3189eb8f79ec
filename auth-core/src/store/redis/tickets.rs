//! [`TicketStore`] with keys in Redis, which expire by themselves.

use async_trait::async_trait;

use super::RedisStore;
use super::row::{hex, user_id};
use super::scripts::{Call, END_TICKETS, ISSUE_TICKET, REDEEM_TICKET, millis};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{NewTicket, StoreError, StoredTicket, TicketKey, TicketStore};

#[async_trait]
impl TicketStore for RedisStore {
    async fn issue_ticket(&self, new: NewTicket) -> Result<bool, StoreError> {
        let (user, epoch) = match &new.owner {
            Some(owner) => (owner.user.as_str(), owner.epoch),
            None => ("", 0),
        };
        let mut call = self.0.names.call(&ISSUE_TICKET);
        call.arg(name(&new.key))
            .arg(user)
            .arg(epoch)
            .arg(new.sent_to.as_deref().unwrap_or_default())
            .arg(new.data.as_deref().unwrap_or_default())
            .arg(millis(new.lifetime));
        self.0.link.run(&call).await
    }

    async fn find_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        self.ticket(key, false).await
    }

    async fn redeem_ticket(&self, key: &TicketKey) -> Result<Option<StoredTicket>, StoreError> {
        self.ticket(key, true).await
    }

    async fn end_tickets(&self, user: &UserId) -> Result<(), StoreError> {
        let mut call: Call<'_> = self.0.names.call(&END_TICKETS);
        call.arg(user.as_str()).arg("");
        self.0.link.run::<i64>(&call).await.map(drop)
    }

    async fn end_tickets_to(&self, address: &str) -> Result<(), StoreError> {
        let mut call: Call<'_> = self.0.names.call(&END_TICKETS);
        call.arg("").arg(address);
        self.0.link.run::<i64>(&call).await.map(drop)
    }
}

impl RedisStore {
    async fn ticket(&self, key: &TicketKey, is_used: bool) -> Result<Option<StoredTicket>, StoreError> {
        let mut call = self.0.names.call(&REDEEM_TICKET);
        call.arg(name(key)).arg(i32::from(is_used));
        let row = self.0.link.run::<Option<(String, String, String, i64)>>(&call).await?;
        let Some((user, sent_to, data, expires_at)) = row else {
            return Ok(None);
        };
        let there = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Some(StoredTicket {
            user: there(user).map(user_id).transpose()?,
            sent_to: there(sent_to),
            data: there(data),
            expires_at: Timestamp::from_millis(expires_at),
        }))
    }
}

/// The purpose and the hash, which has 64 digits.
fn name(key: &TicketKey) -> String {
    format!("{}:{}", key.purpose, hex(key.secret))
}
