from guiju.organisations.services.companies import CompanyDetails, register_company

__all__ = ["CompanyDetails", "register_company"]
