"""`receipt-key`: tells which key signs receipts, or makes the next one."""
from __future__ import annotations

import argparse

from server.config import Config, key_text, make_receipt_key
from server.outside.ed25519 import Ed25519Signer

NEW_SETTING = "set RECEIPT_KEYS to this and replace the workers (SIGHUP); the key before stays in it until each of them runs with it:"
NEW_FILE = "made {key_id}, in {path}; workers sign with it once they are replaced (SIGHUP)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new", action="store_true", help="make another key; the one before vouches for it, and stays published")


def tell_or_make_key(config: Config, options: argparse.Namespace) -> int:
    """A key that is kept in a file stays there."""
    if not options.new:
        print(Ed25519Signer(config.read_receipt_keys()).key_id)
    elif config.receipt_keys:
        print(NEW_SETTING)
        print(",".join([make_receipt_key(), *map(key_text, config.receipt_keys)]))
    else:
        key_id = Ed25519Signer(config.add_receipt_key()).key_id
        print(NEW_FILE.format(key_id=key_id, path=config.receipt_keys_file))
    return 0
