"""A checkpoint on a chain that speaks Ethereum's JSON-RPC (上链存证), through the contract Anchor.vy.

Tried against anvil (the node of Foundry). Other chains that speak the same, public ones or those of
consortia, go by configuration and are untried.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from guiju.net.bounded import Deadline, Trouble, fetch, json_object

_LOOK_SECONDS = 0.3
_GAS = 1_000_000
"""More than deployment or a checkpoint costs (about 300,000 and 80,000)."""

_COMPILED = json.loads((files(__package__) / "anchor.json").read_text("utf-8"))


@dataclass(frozen=True)
class Anchored:
    """Where a checkpoint stands on the chain."""

    contract: str
    transaction: str
    block: int
    account: str

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class Node:
    """One node of a chain, asked until the deadline. What it says is compared; that it is honest is not assumed."""

    url: str
    chain_id: int
    account_key: str
    deadline: Deadline

    @cached_property
    def _web3(self) -> Any:
        # Takes seconds to import, and most installations have no chain.
        from web3 import Web3
        from web3.providers.base import JSONBaseProvider

        url, deadline = self.url, self.deadline

        class Bounded(JSONBaseProvider):
            """Speaks JSON-RPC with one deadline for everything."""

            def make_request(self, method: Any, params: Any) -> Any:
                body = self.encode_rpc_request(method, params)
                status, answer = fetch(url, deadline, body=body, headers={"Content-Type": "application/json"})
                if status != 200:
                    raise Trouble("answer", f"{url} answered {status}")
                return json_object(url, status, answer)

        return Web3(Bounded())

    @cached_property
    def account(self) -> Any:
        from eth_account import Account

        return Account.from_key(self.account_key)

    def anchor(self, log: str, *, size: int, root: bytes, contract: str) -> Anchored:
        """Write a checkpoint, wait until it is in a block, and read it back. Raises `Trouble`."""
        found: Anchored = self._honestly(lambda: self._anchor(log, size, root, contract))
        return found

    def _anchor(self, log: str, size: int, root: bytes, contract: str) -> Anchored:
        self._check_chain()
        contract = contract or self._deploy()
        name = hashlib.sha256(log.encode()).digest()
        known = self._web3.eth.contract(address=self._web3.to_checksum_address(contract), abi=_COMPILED["abi"])
        mine = self.account.address
        if known.functions.roots(mine, name, size).call() == root:
            # An earlier try got through, and we never heard.
            found = self._find(known, name, size)
        else:
            found = self._send(known.functions.anchor(name, size, root))
            if found["status"] != 1:
                raise Trouble("refused", f"the contract refused {size} leaves")
            if known.functions.roots(mine, name, size).call() != root:
                raise Trouble("state", f"the chain holds another root for {size} leaves")
        return Anchored(known.address, self._web3.to_hex(found["transactionHash"]), int(found["blockNumber"]), mine)

    def _check_chain(self) -> None:
        found = self._web3.eth.chain_id
        if found != self.chain_id:
            raise Trouble("state", f"the node is of chain {found}, not {self.chain_id}")

    def _deploy(self) -> str:
        fresh = self._web3.eth.contract(abi=_COMPILED["abi"], bytecode=_COMPILED["bytecode"])
        found = self._send(fresh.constructor())
        if found["status"] != 1 or not found["contractAddress"]:
            raise Trouble("refused", "the chain refused the contract")
        return str(found["contractAddress"])

    def _send(self, call: Any) -> Any:
        mine = self.account.address
        transaction = call.build_transaction(
            {
                "from": mine,
                "nonce": self._web3.eth.get_transaction_count(mine, "pending"),
                "chainId": self.chain_id,
                "gas": _GAS,
                "gasPrice": self._web3.eth.gas_price,
            }
        )
        signed = self.account.sign_transaction(transaction)
        sent = self._web3.eth.send_raw_transaction(signed.raw_transaction)
        if sent != signed.hash:
            raise Trouble("state", "the node answered with another transaction's hash")
        return self._wait(sent)

    def _wait(self, transaction: Any) -> Any:
        from web3.exceptions import TransactionNotFound

        while True:
            try:
                found = self._web3.eth.get_transaction_receipt(transaction)
            except TransactionNotFound:
                time.sleep(min(_LOOK_SECONDS, self.deadline.left()))
                continue
            if found["transactionHash"] != transaction:
                raise Trouble("state", "the node answered with another transaction's receipt")
            return found

    def _find(self, known: Any, name: bytes, size: int) -> Any:
        logs = known.events.Anchored.get_logs(
            from_block=0, argument_filters={"account": self.account.address, "name": name, "size": size}
        )
        if not logs:
            raise Trouble("state", f"the chain has the root of {size} leaves and no event for it")
        return logs[0]

    def _honestly(self, work: Any) -> Any:
        from requests.exceptions import RequestException
        from web3.exceptions import Web3Exception

        try:
            return work()
        except Trouble:
            raise
        except (
            Web3Exception,
            RequestException,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
        ) as fault:
            # A node may answer anything, and what the library makes of it has many names.
            raise Trouble("answer", f"{self.url}: {type(fault).__name__}: {str(fault)[:200]}") from None
