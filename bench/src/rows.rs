//! Rows of sessions by the million, put into a database by one statement, and refreshes of them.

use std::time::{Duration, Instant};

use auth_core::__internal::{PresentedToken, Rotation, SecretHash, SessionSecret};
use auth_core::{Auth, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};
use tests::postgres::Cluster;
use tokio::task::JoinSet;

use crate::pgbench::{database, hex};
use crate::server::ANN;
use crate::{Failed, POLICY, failed};

/// How many refresh at once.
const AT_ONCE: u32 = 32;

/// Sessions of one user, all with one secret, whose ids are numbers.
pub struct Rows {
    first: u32,
    count: u32,
    revoked_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

/// Sessions that were inserted, in a lane for each client that refreshes.
pub struct Inserted(Vec<Lane>);

/// Sessions that one client refreshes in turn.
struct Lane {
    secret: SecretHash,
    first: u32,
    current: Vec<i64>,
    next: usize,
}

impl Rows {
    /// So many, alive for a month.
    pub fn new(count: u32) -> Rows {
        Rows {
            first: 0,
            count,
            revoked_at: None,
            ended_at: None,
        }
    }

    /// Beside others.
    #[must_use]
    pub fn numbered_from(self, first: u32) -> Rows {
        Rows { first, ..self }
    }

    /// Revoked at this time.
    #[must_use]
    pub fn revoked_at(self, time: Timestamp) -> Rows {
        Rows {
            revoked_at: Some(time),
            ..self
        }
    }

    /// Past their absolute end: the last of them since this time, the first since a day before.
    #[must_use]
    pub fn ended_at(self, time: Timestamp) -> Rows {
        Rows {
            ended_at: Some(time),
            ..self
        }
    }

    /// Inserts them into the SQLite database of `auth`, which has the user.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn insert(self, auth: &Auth, url: &str) -> Result<Inserted, Failed> {
        let user = auth.accounts().id_of(ANN.0).await.map_err(failed)?;
        let secret = SecretHash::of(&SessionSecret::random()?);
        let now = auth.now();
        let end = self.ended_at.unwrap_or(now.plus(Duration::from_secs(30 * 24 * 3600)));
        let spread = if self.ended_at.is_some() { 24 * 3600 } else { 0 };
        let begun = end.minus(Duration::from_secs(30 * 24 * 3600));
        let mut conn = SqliteConnection::establish(url.trim_start_matches("sqlite://")).map_err(failed)?;
        diesel::sql_query("INSERT OR IGNORE INTO auth_users (user_id) VALUES (?)")
            .bind::<Text, _>(user.as_str())
            .execute(&mut conn)
            .map_err(failed)?;
        let inserted = diesel::sql_query(
            "WITH RECURSIVE n(i) AS (VALUES (?) UNION ALL SELECT i + 1 FROM n LIMIT ?) \
             INSERT INTO auth_sessions (id, user_id, secret_hash, current, previous, current_since, created_at, auth_time, \
                                        expires_at, idle_until, revoked_at, revoked_why) \
             SELECT printf('%08x-0000-4000-8000-%012x', i * 2654435761 % 4294967296, i), ?, ?, 0, -1, ?, ?, ?, \
                    ?8 - (?1 + ?2 - i) * ?10 / ?2 * 1000, ?8 - (?1 + ?2 - i) * ?10 / ?2 * 1000, ?9, \
                    CASE WHEN ?9 IS NULL THEN NULL ELSE 'logout' END FROM n",
        )
        .bind::<Integer, _>(self.first.cast_signed())
        .bind::<Integer, _>(self.count.cast_signed())
        .bind::<Text, _>(user.as_str())
        .bind::<Binary, _>(secret.0.to_vec())
        .bind::<BigInt, _>(begun.millis())
        .bind::<BigInt, _>(begun.millis())
        .bind::<BigInt, _>(begun.millis())
        .bind::<BigInt, _>(end.secs() * 1000)
        .bind::<Nullable<BigInt>, _>(self.revoked_at.map(Timestamp::millis))
        .bind::<BigInt, _>(spread)
        .execute(&mut conn)
        .map_err(failed)?;
        if inserted != self.count as usize {
            return Err(Failed(format!("{inserted} rows were inserted")));
        }
        Ok(self.inserted(secret))
    }

    /// The same on PostgreSQL, for those that are alive.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn insert_into_postgres(self, auth: &Auth, cluster: &Cluster, url: &str) -> Result<Inserted, Failed> {
        let user = auth.accounts().id_of(ANN.0).await.map_err(failed)?;
        let secret = SecretHash::of(&SessionSecret::random()?);
        let (hash, database) = (hex(&secret), database(url));
        let (begun, last) = (auth.now(), self.first + self.count - 1);
        let end = begun.plus(Duration::from_secs(30 * 24 * 3600)).secs() * 1000;
        let (first, begun) = (self.first, begun.millis());
        cluster.psql(
            database,
            &format!(
                "INSERT INTO auth_users (user_id) VALUES ('{user}') ON CONFLICT DO NOTHING; \
                 INSERT INTO auth_sessions (id, user_id, secret_hash, current, previous, current_since, created_at, auth_time, \
                                            expires_at, idle_until) \
                 SELECT (lpad(to_hex(i * 2654435761 % 4294967296), 8, '0') || '-0000-4000-8000-' \
                         || lpad(to_hex(i), 12, '0'))::uuid, \
                        '{user}', '\\x{hash}', 0, -1, {begun}, {begun}, {begun}, {end}, {end} \
                 FROM generate_series({first}::bigint, {last}) AS i"
            ),
        );
        cluster.psql(database, "VACUUM ANALYZE auth_sessions");
        cluster.psql(database, "CHECKPOINT");
        Ok(self.inserted(secret))
    }

    fn inserted(&self, secret: SecretHash) -> Inserted {
        let share = self.count / AT_ONCE;
        let lane = |number| Lane {
            secret,
            first: self.first + number * share,
            current: vec![0; share as usize],
            next: 0,
        };
        Inserted((0..AT_ONCE).map(lane).collect())
    }
}

/// How many sessions the database holds.
///
/// # Errors
///
/// The database's.
pub fn rows_in(url: &str) -> Result<i64, Failed> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let mut conn = SqliteConnection::establish(url.trim_start_matches("sqlite://")).map_err(failed)?;
    let counted = diesel::sql_query("SELECT count(*) AS rows FROM auth_sessions").get_result::<Count>(&mut conn);
    counted.map(|counted| counted.rows).map_err(failed)
}

impl Lane {
    /// Refreshes the next session; answers how long it took.
    async fn refresh(&mut self, auth: &Auth) -> Result<Duration, Failed> {
        let index = self.next;
        self.next = (index + 1) % self.current.len();
        let current = self.current.get_mut(index).ok_or(Failed("no such row".to_owned()))?;
        let number = u64::from(self.first) + index as u64;
        let scattered = number * 2_654_435_761 % 4_294_967_296;
        let id = format!("{scattered:08x}-0000-4000-8000-{number:012x}");
        let presented = PresentedToken {
            session: id.parse().map_err(failed)?,
            secret: self.secret,
            generation: *current,
        };
        let asked = Instant::now();
        match auth.store().rotate(presented, POLICY).await? {
            Rotation::Judged(rotated) if rotated.session.current == presented.generation + 1 => {
                *current = rotated.session.current;
                Ok(asked.elapsed())
            }
            other => Err(Failed(format!("not the next generation: {other:?}"))),
        }
    }
}

/// Refreshes one row after the other for `time`, 32 at once; answers how long each took.
///
/// # Errors
///
/// The store's, and any answer but the next generation.
pub async fn refreshing(auth: &Auth, rows: &mut Inserted, time: Duration) -> Result<Vec<Duration>, Failed> {
    let until = Instant::now() + time;
    let mut working = JoinSet::new();
    for mut lane in rows.0.drain(..) {
        let auth = auth.clone();
        working.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < until {
                took.push(lane.refresh(&auth).await?);
            }
            Ok::<_, Failed>((lane, took))
        });
    }
    let mut all = Vec::new();
    while let Some(done) = working.join_next().await {
        let (lane, took) = done.map_err(failed)??;
        rows.0.push(lane);
        all.extend(took);
    }
    Ok(all)
}
