from guiju.organisations.services.companies import CompanyChanges, CompanyDetails, change_company, register_company

__all__ = ["CompanyChanges", "CompanyDetails", "change_company", "register_company"]
