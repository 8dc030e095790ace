"""boot_words: the kernel's command line, in the form of hal/hosted/boot.c.

Words key=value, separated by single spaces.  In a value every byte but
letters, digits and -._/,:+@ stands as %XX.
"""
PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  b"0123456789-._/,:+@")
MOST = 1023  # bytes: HAL_COMMAND_LINE and its zero


def encode(value):
    return "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}"
                   for byte in value)


def join(words):
    """words: (key, value) with value in bytes; None if they do not fit."""
    line = " ".join(f"{key}={encode(value)}" for key, value in words)
    return line if len(line) <= MOST else None
