"""What the servers of GitHub, Linear, Asana and Codacy share: asking a vendor, and being brief."""
