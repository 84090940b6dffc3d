//! The `DevTools` protocol over a pipe: JSON messages that end in NUL, on the browser's descriptors 3
//! and 4. Unlike a port, no other program on the machine can reach it (docs/requirements.md#installed-browser).

use std::os::fd::OwnedFd;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe::{Receiver, Sender};

/// The maximum length of a message; a longer one ends the browser.
const MAX_BYTES: usize = 64 << 20;

/// Both directions.
pub(super) struct DevTools {
    input: Sender,
    output: Receiver,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are known to hold no NUL.
    searched: usize,
    last: u64,
}

impl DevTools {
    /// Takes our ends of the two pipes.
    pub(super) fn new(input: OwnedFd, output: OwnedFd) -> std::io::Result<Self> {
        Ok(Self {
            input: Sender::from_owned_fd(input)?,
            output: Receiver::from_owned_fd(output)?,
            buffer: Vec::new(),
            searched: 0,
            last: 0,
        })
    }

    /// Sends a command, to the browser or to one of its pages, and returns its number.
    pub(super) async fn send(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> std::io::Result<u64> {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).await?;
        Ok(self.last)
    }

    /// The next message; `None`: the browser has ended. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Option<Value> {
        loop {
            let rest = self.buffer.get(self.searched..)?;
            if let Some(length) = rest.iter().position(|byte| *byte == 0) {
                let end = self.searched + length;
                let message = serde_json::from_slice(self.buffer.get(..end)?);
                self.buffer.drain(..=end);
                self.searched = 0;
                match message {
                    Ok(message) => return Some(message),
                    Err(_) => continue,
                }
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > MAX_BYTES {
                return None;
            }
            match self.output.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}
