"""Groups and commands whose help and faults are in Chinese, and that tell every fault at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer._click.core import Command, Context
from typer._click.exceptions import NoArgsIsHelpError, UsageError
from typer.core import TyperCommand, TyperGroup, TyperOption

from qa_service.cli.usage_errors import in_chinese, printable


class FaultyCallError(UsageError):
    """A call that cannot be carried out, with every fault in Chinese on a line of its own."""


class _InChinese(Command):
    """Help, usage and faults in Chinese, which groups and commands share."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        """Return the option that shows the help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示本说明后退出"
        return option

    def get_usage(self, ctx: Context) -> str:
        """Return the line that states how the command is called."""
        return super().get_usage(ctx).replace("Usage: ", "用法：", 1)

    def format_help(self, ctx: Context, formatter: Any) -> None:  # noqa: ANN401
        """Print the help."""
        _title_panels()
        super().format_help(ctx, formatter)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: Context | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> Context:
        """Return the context of a call; raises FaultyCallError."""
        with _faults_in_chinese():
            return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Return the arguments left over; raises FaultyCallError with every fault."""
        try:
            return super().parse_args(ctx, list(args))
        except NoArgsIsHelpError:
            raise
        except UsageError as error:
            raise FaultyCallError("\n".join(self._faults(ctx, args, error)), ctx) from error

    def _faults(self, ctx: Context, args: list[str], first: UsageError) -> list[str]:
        """Return the faults of all options and arguments, of which ``first`` was met first."""
        try:
            given, rest, _order = self.make_parser(ctx).parse_args(list(args))
        except UsageError:
            return [in_chinese(first)]
        faults = []
        for parameter in self.get_params(ctx):
            try:
                _value, rest = parameter.handle_parse_result(ctx, given, rest)
            except UsageError as error:
                faults.append(in_chinese(error))
        if rest and not ctx.allow_extra_args:
            faults.append(f"多余的参数：{printable(' '.join(rest))}")
        return faults or [in_chinese(first)]

    def invoke(self, ctx: Context) -> Any:  # noqa: ANN401
        """Run the command; raises FaultyCallError."""
        with _faults_in_chinese():
            return super().invoke(ctx)


class ChineseCommand(_InChinese, TyperCommand):
    """A command."""


class ChineseGroup(_InChinese, TyperGroup):
    """A group of commands."""


class CommandGroup(typer.Typer):
    """Commands under one name; without arguments it shows its help."""

    def __init__(self, help: str, **options: Any) -> None:  # noqa: A002, ANN401
        super().__init__(help=help, cls=ChineseGroup, no_args_is_help=True, **options)

    def command(
        self,
        name: str | None = None,
        *,
        cls: type[TyperCommand] | None = ChineseCommand,
        **options: Any,  # noqa: ANN401
    ) -> Callable[..., Any]:
        """Return the decorator that makes a function a command of this group."""
        return super().command(name, cls=cls, **options)


@contextmanager
def _faults_in_chinese() -> Iterator[None]:
    """Turn a fault of the call into one told in Chinese."""
    try:
        yield
    except NoArgsIsHelpError:
        raise
    except FaultyCallError:
        _title_panels()
        raise
    except UsageError as error:
        _title_panels()
        raise FaultyCallError(in_chinese(error), error.ctx) from error
    except (typer.Abort, EOFError):
        _title_panels()
        raise


def _title_panels() -> None:
    """Title the panels of help and faults; imported here because rich takes a while."""
    from typer import rich_utils

    rich_utils.DEFAULT_STRING = "[默认：{}]"
    rich_utils.ENVVAR_STRING = "[环境变量：{}]"
    rich_utils.REQUIRED_LONG_STRING = "[必填]"
    rich_utils.DEPRECATED_STRING = "（已停用）"
    rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
    rich_utils.OPTIONS_PANEL_TITLE = "选项"
    rich_utils.COMMANDS_PANEL_TITLE = "命令"
    rich_utils.ERRORS_PANEL_TITLE = "命令有误"
    rich_utils.ABORTED_TEXT = "已中止。"
    rich_utils.RICH_HELP = "用法说明：[blue]{command_path} {help_option}[/]"
