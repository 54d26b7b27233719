"""The screens: chat for contacts, desk and knowledge for the staff. Speaks HTTP to the api, knows nothing else."""
