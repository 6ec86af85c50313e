"""SMS by SMPP 3.4: a bound line to an SMSC for each inbox, for those whose country no web API serves well."""
