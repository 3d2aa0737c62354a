# Python's own json, msgpack and cbor2 behind lines of JSON: encodes neutral values and decodes octets.
# Never knows what the other side expects.

import base64
import json
import struct
import sys

import cbor2
import msgpack


def from_neutral(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, list):
        return [from_neutral(item) for item in value]
    if "i" in value:
        return int(value["i"])
    if "f" in value:
        return struct.unpack(">d", bytes.fromhex(value["f"]))[0]
    if "b" in value:
        return bytes.fromhex(value["b"])
    return {from_neutral(key): from_neutral(item) for key, item in value["d"]}


def to_neutral(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": struct.pack(">d", value).hex()}
    if isinstance(value, (bytes, bytearray)):
        return {"b": value.hex()}
    if isinstance(value, (list, tuple)):
        return [to_neutral(item) for item in value]
    if isinstance(value, dict):
        return {"d": [[to_neutral(key), to_neutral(item)] for key, item in value.items()]}
    raise TypeError(f"decoded a {type(value).__name__}")


# Specification, "Binary conversion of JSON Strings".
def to_json(value):
    if isinstance(value, bytes):
        return "\0" + base64.b64encode(value).decode("ascii")
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def from_json(value):
    if isinstance(value, str) and value.startswith("\0"):
        return base64.b64decode(value[1:], validate=True)
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        return {key: from_json(item) for key, item in value.items()}
    return value


def encode_json(value, style):
    separators = (",", ":") if style == 0 else (" ,", " : ")
    text = json.dumps(to_json(value), ensure_ascii=style == 1, separators=separators, allow_nan=False, indent=1 if style == 2 else None)
    return text.encode("utf-8")


def encode_msgpack(value, style):
    wide = msgpack.packb(value, use_bin_type=True)
    if style == 0:
        return wide
    try:
        narrow = msgpack.packb(value, use_bin_type=True, use_single_float=True)
    except OverflowError:
        return wide
    # Single precision only where nothing is lost.
    return narrow if msgpack.packb(decode_msgpack(narrow), use_bin_type=True) == wide else wide


def decode_msgpack(octets):
    return msgpack.unpackb(octets, raw=False, strict_map_key=False)


def encode_cbor(value, style):
    if style == 0:
        return cbor2.dumps(value)
    return cbor2.dumps(value, canonical=True) if style == 1 else cbor2.dumps(value, indefinite_containers=True)


ENCODE = {"json": encode_json, "msgpack": encode_msgpack, "cbor": encode_cbor}
DECODE = {"json": lambda octets: from_json(json.loads(octets.decode("utf-8"))), "msgpack": decode_msgpack, "cbor": cbor2.loads}


def answer(request):
    try:
        if "value" in request:
            return {"octets": ENCODE[request["format"]](from_neutral(request["value"]), request["style"]).hex()}
        return {"value": to_neutral(DECODE[request["format"]](bytes.fromhex(request["octets"])))}
    except Exception as error:  # Whatever a library throws is its verdict.
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
