from guiju.audit.services.verification import ask_verification, run_verification
from guiju.audit.services.witnesses import register_witness

__all__ = ["ask_verification", "register_witness", "run_verification"]
