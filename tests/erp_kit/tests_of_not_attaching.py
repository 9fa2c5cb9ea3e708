"""For hooks that attach no files: the setting is refused, not passed over."""

from __future__ import annotations

import pytest

from include.errors import ConfigurationError


def test_a_hook_that_attaches_no_files_refuses_the_setting_in_a_sentence(world):
    hook = world.open_hook()
    with pytest.raises(ConfigurationError) as refused:
        hook.files()
    sentence = str(refused.value)
    assert hook.erp_name in sentence
    assert sentence.endswith("set COUPA_ERP_ATTACHMENTS to false.")
    assert "\n" not in sentence
