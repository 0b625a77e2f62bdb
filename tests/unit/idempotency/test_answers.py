from sophia.idempotency.answers import Answer, Seal

ANSWER = Answer(201, (("content-type", "application/json"),), b'{"key": "a secret \xff"}')


def test_what_is_sealed_is_opened_again_and_read_by_nobody_else() -> None:
    sealed = Seal("a pepper").close(ANSWER)

    assert "secret" not in sealed
    assert Seal("a pepper").open(sealed) == ANSWER
    assert Seal("another pepper").open(sealed) is None
    assert Seal("a pepper").open(sealed[:-2] + "AA") is None
    assert Seal("a pepper").open("no token at all") is None


def test_a_fingerprint_tells_where_one_part_ends() -> None:
    seal = Seal("a pepper")

    assert seal.fingerprint(b"POST", b"/a") == seal.fingerprint(b"POST", b"/a")
    assert seal.fingerprint(b"POST", b"/a") != seal.fingerprint(b"POST/", b"a")
    assert seal.fingerprint(b"POST", b"/a") != Seal("another").fingerprint(b"POST", b"/a")
