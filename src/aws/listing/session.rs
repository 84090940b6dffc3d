//! The access token of one listing, and its renewal: once per refused token, for all requests.

use futures_util::future::LocalBoxFuture;

use crate::domain::{Problem, Secret};

pub(super) struct Session<'a> {
    token: Secret,
    /// The number of token renewals.
    generation: u32,
    /// `true` if a request with this token has succeeded.
    served: bool,
    renewing: Option<LocalBoxFuture<'a, Result<Secret, Problem>>>,
}

/// The meaning of a token's refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The token has been replaced, or is being replaced: ask again.
    Known,
    /// A renewal begins: ask again.
    Renewing,
    /// The renewed token was refused before it was ever accepted.
    AtOnce,
}

impl<'a> Session<'a> {
    pub(super) fn new(token: Secret) -> Self {
        Self {
            token,
            generation: 0,
            served: false,
            renewing: None,
        }
    }

    pub(super) fn token(&self) -> Secret {
        self.token.clone()
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn is_renewing(&self) -> bool {
        self.renewing.is_some()
    }

    pub(super) fn served(&mut self, generation: u32) {
        self.served |= generation == self.generation;
    }

    pub(super) fn refused(
        &mut self,
        generation: u32,
        renew: &'a impl AsyncFn(Secret) -> Result<Secret, Problem>,
    ) -> Refused {
        if generation < self.generation || self.is_renewing() {
            return Refused::Known;
        }
        if self.generation > 0 && !self.served {
            return Refused::AtOnce;
        }
        tracing::info!("the portal rejected the access token; renewing it");
        self.renewing = Some(Box::pin(renew(self.token.clone())));
        Refused::Renewing
    }

    /// Waits for a running renewal; forever if there is none. `None` as the error: the
    /// renewal gave back what was refused.
    pub(super) async fn renewed(&mut self) -> Result<(), Option<Problem>> {
        let Some(renewing) = &mut self.renewing else {
            return std::future::pending().await;
        };
        let result = renewing.await;
        self.renewing = None;
        let token = result.map_err(Some)?;
        if token == self.token {
            return Err(None);
        }
        self.token = token;
        self.generation += 1;
        self.served = false;
        Ok(())
    }
}
