# pragma version 0.4.3
# @license Apache-2.0
# @title Checkpoints of logs, kept where their owner can't take them back (检查点上链)
# @dev A log is known by the SHA-256 of its name. For each account a log only grows: a checkpoint
#      that is smaller than the last, or of a size that was anchored already, is refused. Accounts
#      don't touch each other's logs, so one contract serves any number of companies.

event Anchored:
    account: indexed(address)
    name: indexed(bytes32)
    size: indexed(uint64)
    root: bytes32

roots: public(HashMap[address, HashMap[bytes32, HashMap[uint64, bytes32]]])
newest: public(HashMap[address, HashMap[bytes32, uint64]])

@external
def anchor(name: bytes32, size: uint64, root: bytes32):
    assert size > self.newest[msg.sender][name], "size"
    self.roots[msg.sender][name][size] = root
    self.newest[msg.sender][name] = size
    log Anchored(account=msg.sender, name=name, size=size, root=root)
