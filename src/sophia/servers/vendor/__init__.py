"""What the servers over vendors' APIs share: asking a vendor, and being brief."""
