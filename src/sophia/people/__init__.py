"""Who works here: people, their roles, invitations, teams."""
