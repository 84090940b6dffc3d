//! A loopback HTTP server that answers as no sane service does. One thread per connection; it ends with
//! the test program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// One request.
#[derive(Debug)]
pub struct Request {
    /// `GET /path?query HTTP/1.1`.
    pub line: String,
    pub body: String,
    /// The number of this request, from 0.
    pub number: usize,
}

/// One answer.
#[derive(Debug)]
pub enum Answer {
    /// A status with headers (`a: b\r\n…`) and a body.
    Full(u16, &'static str, String),
    /// A body of this many bytes, one at a time, for ever.
    Drip(usize),
}

impl Answer {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::Full(status, "content-type: application/json\r\n", body.into())
    }

    pub fn page(status: u16) -> Self {
        let page = "<html><body><h1>Access blocked by policy</h1></body></html>";
        Self::Full(status, "content-type: text/html\r\n", page.to_owned())
    }

    fn write(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        match self {
            Self::Full(status, headers, body) => {
                write!(
                    stream,
                    "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            Self::Drip(length) => {
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
                )?;
                loop {
                    stream.write_all(b" ")?;
                    std::thread::park_timeout(Duration::from_millis(100));
                }
            }
        }
    }
}

/// A running server.
pub struct Server {
    pub url: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (answer, count) = (Arc::new(answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    while let Some(request) = read(&mut reader, &count) {
                        // Whoever asked may be gone.
                        if answer(&request).write(&stream).is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { url, asked }
    }

    /// The number of requests so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn read(reader: &mut BufReader<TcpStream>, count: &AtomicUsize) -> Option<Request> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader
            .read_line(&mut header)
            .ok()
            .filter(|length| *length > 0)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line: line.trim_end().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        number: count.fetch_add(1, Ordering::SeqCst),
    })
}
