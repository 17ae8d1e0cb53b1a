"""Sends messages through Corosync's closed process groups and measures how long none arrives.

Arguments: seconds, messages per second. Prints one JSON object. The library is called directly: no packaged tool does this.
"""
import ctypes, json, select, struct, sys, time

lib = ctypes.CDLL("libcpg.so.4")
name_type = type("cpg_name", (ctypes.Structure,), {"_fields_": [("length", ctypes.c_uint32), ("value", ctypes.c_char * 128)]})
address = type("cpg_address", (ctypes.Structure,), {"_fields_": [("nodeid", ctypes.c_uint32), ("pid", ctypes.c_uint32), ("reason", ctypes.c_uint32)]})
deliver_type = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.POINTER(name_type), ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t)
change_type = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.POINTER(name_type), ctypes.POINTER(address), ctypes.c_size_t,
                               ctypes.POINTER(address), ctypes.c_size_t, ctypes.POINTER(address), ctypes.c_size_t)
callbacks_type = type("cpg_callbacks", (ctypes.Structure,), {"_fields_": [("deliver", deliver_type), ("change", change_type)]})
iovec = type("iovec", (ctypes.Structure,), {"_fields_": [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]})

seconds, rate = float(sys.argv[1]), float(sys.argv[2])
state = {"own": 0, "last": None, "gap": 0.0, "at": 0.0, "left": 0, "worst": 0.0}
handle = ctypes.c_uint64()


def deliver(_handle, _group, node, pid, data, length):
    now = time.monotonic()
    if state["last"] is not None and now - state["last"] > state["gap"]:
        state["gap"], state["at"] = now - state["last"], time.time()
    state["last"] = now
    sender, sent = struct.unpack("<Qd", ctypes.string_at(data, 16))
    if sender == me:
        state["own"] += 1
        state["worst"] = max(state["worst"], now - sent)


def change(_handle, _group, _members, _n, _left, left, _joined, _j):
    for i in range(left):
        if _left[i].reason == 3:  # CPG_REASON_NODEDOWN
            state["left"] += 1


def check(result, what):
    if result != 1:  # CS_OK
        sys.exit("%s: error %d" % (what, result))


me = time.time_ns() & ((1 << 63) - 1)
callbacks = callbacks_type(deliver_type(deliver), change_type(change))
check(lib.cpg_initialize(ctypes.byref(handle), ctypes.byref(callbacks)), "initialize")
fd = ctypes.c_int()
check(lib.cpg_fd_get(handle, ctypes.byref(fd)), "fd")
group = name_type(6, b"hawser")
check(lib.cpg_join(handle, ctypes.byref(group)), "join")
sent, end, nxt = 0, time.monotonic() + seconds, time.monotonic()
while time.monotonic() < end + 2 and not (time.monotonic() > end and state["own"] == sent):
    now = time.monotonic()
    if now >= nxt and now < end:
        nxt = max(nxt + 1 / rate, now)
        data = struct.pack("<Qd", me, now)
        buf = ctypes.create_string_buffer(data, len(data))
        vector = iovec(ctypes.cast(buf, ctypes.c_void_p), len(data))
        result = lib.cpg_mcast_joined(handle, 2, ctypes.byref(vector), 1)  # CPG_TYPE_AGREED
        if result == 1:
            sent += 1
        elif result != 6:  # CS_ERR_TRY_AGAIN: the ring is being formed anew
            sys.exit("mcast: error %d" % result)
    if select.select([fd.value], [], [], max(0.001, min(nxt, end + 2) - time.monotonic()))[0]:
        check(lib.cpg_dispatch(handle, 2), "dispatch")  # CS_DISPATCH_ALL
gap = max(state["gap"], time.monotonic() - state["last"] if state["own"] < sent else 0)
print(json.dumps({"sent": sent, "delivered": state["own"], "gapMs": round(gap * 1000), "gapAt": state["at"],
                  "latencyMs": round(state["worst"] * 1000), "nodesLost": state["left"]}))
