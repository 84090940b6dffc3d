//! The `DevTools` protocol over a pipe: JSON messages that end in NUL, on the browser's descriptors 3
//! and 4. Unlike a port, no other program on the machine can reach it (docs/requirements.md#installed-browser).

use std::os::fd::OwnedFd;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe::{Receiver, Sender};

/// The maximum length of a message (bytes). A longer one is dropped: any page can cause one, by what it posts.
const MAX_BYTES: usize = 64 << 20;

/// Both directions.
pub(super) struct DevTools {
    input: Sender,
    output: Receiver,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are known to hold no NUL.
    searched: usize,
    /// `true` within a message that is too long.
    skipping: bool,
    max_bytes: usize,
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
            skipping: false,
            max_bytes: MAX_BYTES,
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
                let is_end_of_skipped = std::mem::take(&mut self.skipping);
                let message = serde_json::from_slice(self.buffer.get(..end)?);
                self.buffer.drain(..=end);
                self.searched = 0;
                match message {
                    Ok(message) if !is_end_of_skipped => return Some(message),
                    _ => continue,
                }
            }
            if self.buffer.len() > self.max_bytes {
                self.skipping = true;
                self.buffer = Vec::new();
            }
            self.searched = self.buffer.len();
            match self.output.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_message_that_is_too_long_is_dropped_and_the_next_one_is_read() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (_commands, input) = std::io::pipe().unwrap();
            let (output, mut browser) = std::io::pipe().unwrap();
            let mut tools = DevTools::new(input.into(), output.into()).unwrap();
            tools.max_bytes = 1_000;
            let long = format!("{{\"id\":1,\"text\":\"{}\"}}\0", "x".repeat(10_000));
            browser.write_all(long.as_bytes()).unwrap();
            browser.write_all(b"{\"id\":2}\0").unwrap();
            assert_eq!(tools.next().await.unwrap()["id"], 2);
        });
    }
}
