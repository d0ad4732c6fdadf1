from dataset_cartography.plotting import plot_data_map, plot_distributions


def test_a_figure_of_ours_shows_itself_as_a_picture(make_map):
    for ax in (plot_data_map(make_map(5)), plot_distributions(make_map(5))):
        assert ax.figure._repr_png_().startswith(b"\x89PNG")
